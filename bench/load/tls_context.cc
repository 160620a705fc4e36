#include "bench/load/tls_context.h"

#include <openssl/err.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace saproxy::bench {
namespace {

struct PreSharedKey {
  std::string identity;
  std::vector<unsigned char> key;
};
// OpenSSL's callback gets no pointer of ours that survives SSL_CTX; one process has one key.
PreSharedKey& shared_key() {
  static PreSharedKey key;
  return key;
}

unsigned give_key(SSL* /*ssl*/, const char* /*hint*/, char* identity, unsigned identity_size, unsigned char* key,
                  unsigned key_size) {
  const PreSharedKey& own = shared_key();
  if (own.identity.size() + 1 > identity_size || own.key.size() > key_size) return 0;
  std::memcpy(identity, own.identity.c_str(), own.identity.size() + 1);
  std::copy(own.key.begin(), own.key.end(), key);
  return static_cast<unsigned>(own.key.size());
}

bool read_key(const Options& options) {
  std::ifstream file(options.psk_file);
  std::string hex;
  if (!(file >> hex) || hex.size() % 2 != 0) return false;
  PreSharedKey& own = shared_key();
  own.identity = options.psk_identity;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    own.key.push_back(static_cast<unsigned char>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  return true;
}

bool set_up(SSL_CTX* context, const Options& options) {
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) != 1)
    return false;
  if (!options.suites.empty() && SSL_CTX_set_cipher_list(context, options.suites.c_str()) != 1) return false;
  // The one curve and hash of the oneM2M profile (TS-0003 10.2), lest each server picks its own favourite.
  if (SSL_CTX_set1_groups_list(context, "P-256") != 1 || SSL_CTX_set1_sigalgs_list(context, "ECDSA+SHA256") != 1)
    return false;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  if (!options.ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) return false;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  if (!options.certificate_file.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1) return false;
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) return false;
  }
  if (!options.psk_file.empty()) {
    if (!read_key(options)) return false;
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
