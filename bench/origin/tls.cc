#include "bench/origin/tls.h"

#include <openssl/err.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace saproxy::bench {
namespace {

struct PreSharedKey {
  std::string identity;
  std::vector<unsigned char> key;
};

// One process has one key.
PreSharedKey& shared_key() {
  static PreSharedKey key;
  return key;
}

unsigned find_key(SSL* /*ssl*/, const char* identity, unsigned char* key, unsigned size) {
  const PreSharedKey& own = shared_key();
  if (own.identity != identity || own.key.size() > size) return 0;
  std::ranges::copy(own.key, key);
  return static_cast<unsigned>(own.key.size());
}

bool use_key(SSL_CTX* context, const std::string& identity, const std::string& path) {
  std::ifstream file(path);
  std::string hex;
  if (!(file >> hex) || hex.size() % 2 != 0) return false;
  shared_key().identity = identity;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    shared_key().key.push_back(static_cast<unsigned char>(std::stoul(hex.substr(i, 2), nullptr, 16)));
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
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) != 1)
    return false;
  if (SSL_CTX_set1_groups_list(context, "P-256") != 1 || SSL_CTX_set1_sigalgs_list(context, "ECDSA+SHA256") != 1)
    return false;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
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
