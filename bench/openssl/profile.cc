#include "bench/openssl/profile.h"

#include <fstream>

namespace saproxy::bench {

bool use_profile(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_read_ahead(context, 1);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set1_groups_list(context, "P-256") == 1 && SSL_CTX_set1_sigalgs_list(context, "ECDSA+SHA256") == 1;
}

PreSharedKey& shared_key() {
  static PreSharedKey key;
  return key;
}

bool read_shared_key(const std::string& identity, const std::string& path) {
  std::ifstream file(path);
  std::string hex;
  if (!(file >> hex) || hex.size() % 2 != 0) return false;
  shared_key().identity = identity;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    shared_key().key.push_back(static_cast<unsigned char>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  return true;
}

}  // namespace saproxy::bench
