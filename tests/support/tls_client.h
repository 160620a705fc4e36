// TlsClient: a wolfSSL client that reads and writes memory, the far end of a TlsSession in tests.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace saproxy::tests {

using Bytes = std::vector<std::uint8_t>;

struct ClientSettings {
  int version = 12;  // 12, 13, or 0 for both
  std::string suites;
  std::string server_name;
  // PSK; the identity goes out as a C string.
  std::string psk_identity;
  Bytes psk_key;
  // Certificate chain and key, PEM; or a raw public key as SubjectPublicKeyInfo.
  std::string chain_pem;
  std::string key_pem;
  Bytes raw_key;
  bool accept_server_raw_key = false;
  std::string trust_pem;  // empty: the server is not verified
};

class TlsClient {
 public:
  explicit TlsClient(const ClientSettings& settings);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Takes what the server sent and returns what the client answers; the first call takes nothing.
  Bytes step(std::span<const std::uint8_t> from_server);
  [[nodiscard]] bool is_connected() const;
  [[nodiscard]] bool has_failed() const;
  [[nodiscard]] int error() const;
  [[nodiscard]] std::string suite() const;
  // Name of the server's certificate file order is not known to wolfSSL: its DER, or the raw public key.
  [[nodiscard]] const Bytes& server_certificate() const;

  Bytes write(std::span<const std::uint8_t> plain);
  // Decrypts all that has come; step() hands it over.
  Bytes read();
  Bytes close();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace saproxy::tests
