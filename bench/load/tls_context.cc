#include "bench/load/tls_context.h"

#include <openssl/err.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "bench/openssl/profile.h"

namespace saproxy::bench {
namespace {

unsigned give_key(SSL* /*ssl*/, const char* /*hint*/, char* identity, unsigned identity_size, unsigned char* key,
                  unsigned key_size) {
  const PreSharedKey& own = shared_key();
  if (own.identity.size() + 1 > identity_size || own.key.size() > key_size) return 0;
  std::memcpy(identity, own.identity.c_str(), own.identity.size() + 1);
  std::copy(own.key.begin(), own.key.end(), key);
  return static_cast<unsigned>(own.key.size());
}

bool set_up(SSL_CTX* context, const Options& options) {
  if (!use_profile(context)) return false;
  if (!options.suites.empty() && SSL_CTX_set_cipher_list(context, options.suites.c_str()) != 1) return false;
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (!options.ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) return false;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  if (!options.certificate_file.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1) return false;
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) return false;
  }
  if (!options.psk_file.empty()) {
    if (!read_shared_key(options.psk_identity, options.psk_file)) return false;
    SSL_CTX_set_psk_client_callback(context, give_key);
  }
  return true;
}

}  // namespace

TlsContext make_context(const Options& options) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (context && set_up(context.get(), options)) return context;
  std::fprintf(stderr, "bench_load: TLS could not be set up\n");
  ERR_print_errors_fp(stderr);
  return nullptr;
}

}  // namespace saproxy::bench
