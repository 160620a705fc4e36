#include "bench/origin/tls.h"

#include <openssl/err.h>

#include <algorithm>
#include <cstdio>

#include "bench/openssl/profile.h"

namespace saproxy::bench {
namespace {

unsigned find_key(SSL* /*ssl*/, const char* identity, unsigned char* key, unsigned size) {
  const PreSharedKey& own = shared_key();
  if (own.identity != identity || own.key.size() > size) return 0;
  std::ranges::copy(own.key, key);
  return static_cast<unsigned>(own.key.size());
}

bool use_key(SSL_CTX* context, const std::string& identity, const std::string& path) {
  if (!read_shared_key(identity, path)) return false;
  SSL_CTX_set_psk_server_callback(context, find_key);
  return true;
}

bool use_certificate(SSL_CTX* context, const std::string& chain, const std::string& key, const std::string& ca) {
  if (SSL_CTX_use_certificate_chain_file(context, chain.c_str()) != 1) return false;
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) return false;
  if (SSL_CTX_load_verify_locations(context, ca.c_str(), nullptr) != 1) return false;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return true;
}

bool set_up(SSL_CTX* context, const std::vector<std::string>& arguments) {
  if (!use_profile(context)) return false;
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (arguments.size() < 4 || SSL_CTX_set_cipher_list(context, arguments[1].c_str()) != 1) return false;
  if (arguments[0] == "psk") return arguments.size() == 4 && use_key(context, arguments[2], arguments[3]);
  return arguments[0] == "certificate" && arguments.size() == 5 &&
         use_certificate(context, arguments[2], arguments[3], arguments[4]);
}

}  // namespace

SSL_CTX* origin_context(const std::vector<std::string>& arguments) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context != nullptr && set_up(context, arguments)) return context;
  std::fprintf(stderr, "bench_origin: TLS could not be set up\n");
  ERR_print_errors_fp(stderr);
  SSL_CTX_free(context);
  return nullptr;
}

}  // namespace saproxy::bench
