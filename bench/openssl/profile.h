// What load generator and origin have in common: OpenSSL as a oneM2M entity uses it, and a pre-shared key.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace saproxy::bench {

// TLS 1.2, full handshakes only, and the one curve and hash of the oneM2M profile (TS-0003 10.2), lest each peer picks
// its own favourite. False: OpenSSL refuses.
[[nodiscard]] bool use_profile(SSL_CTX* context);

struct PreSharedKey {
  std::string identity;
  std::vector<unsigned char> key;
};
// OpenSSL's callbacks get no pointer of ours that survives SSL_CTX; one process has one key.
[[nodiscard]] PreSharedKey& shared_key();
// From a file of hexadecimal digits. False: there are none.
[[nodiscard]] bool read_shared_key(const std::string& identity, const std::string& path);

}  // namespace saproxy::bench
