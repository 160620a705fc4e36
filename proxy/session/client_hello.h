// What a ClientHello asks for, read before wolfSSL sees a byte: it decides which context serves the session.
// Spec: RFC 5246 7.4.1.2, RFC 6066 3 (SNI), RFC 7250 (certificate types), RFC 8446 4.2.1, 4.2.11
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace saproxy::proxy {

struct ClientHello {
  std::uint16_t legacy_version = 0;
  bool offers_tls12 = false;
  bool offers_tls13 = false;
  bool offers_psk_suites = false;          // any suite with a PSK key exchange that we could serve (TLS 1.2)
  bool offers_certificate_suites = false;  // any ECDHE_ECDSA / ECDHE_RSA suite (TLS 1.2)
  bool offers_tls13_suites = false;
  bool has_pre_shared_key = false;  // TLS 1.3 extension 41
  bool extended_master_secret = false;
  std::string server_name;                             // SNI host_name, lower case; empty when absent
  std::vector<std::uint8_t> client_certificate_types;  // RFC 7250; empty when absent. 0 = X.509, 2 = raw public key
  std::vector<std::uint8_t> server_certificate_types;
  std::optional<std::vector<std::uint8_t>> first_psk_identity;  // of pre_shared_key, at most 512 bytes
};

enum class HelloStatus { Complete, Incomplete, NotTls, Malformed, TooLarge };
inline constexpr std::size_t kMaxClientHello = 16384;

// Reads TLS records from the start of the connection; a hello split over records is joined. `hello` is filled when
// Complete. Never reads past the span; the bytes are left for wolfSSL.
[[nodiscard]] HelloStatus read_client_hello(std::span<const std::uint8_t> bytes, ClientHello& hello);

}  // namespace saproxy::proxy
