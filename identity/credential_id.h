// Credential-ID: the globally unique name of the credential a peer has proven, "<type>-<value>".
// Spec: TS-0003 10.4, 12.3.2.1
// Open: the value alphabet of 10.4 excludes '/' and ':', which CSE-IDs, AE-IDs and RFC 6920 names contain; 12.2 types
// it as xs:anyURI. We do not escape: the value is the identifier as the certificate or handshake carried it, compared
// byte by byte.
#pragma once

#include <string>
#include <string_view>

#include "identity/result.h"

namespace saproxy::identity {

enum class CredentialType {
  MefKey = 10,             // KpmID
  MafKey = 11,             // KmID
  SaefKey = 12,            // KpsaID, KcID
  RawPublicKey = 30,       // RFC 6920 name of the key
  DeviceCertificate = 31,  // hardware instance id
  CseIdCertificate = 32,
  AeIdCertificate = 33,
  NodeIdCertificate = 34,
};

class CredentialId {
 public:
  // Splits at the first '-'. Refuses unknown types, empty values, blanks, control characters and more than 600 bytes.
  [[nodiscard]] static Result<CredentialId> parse(std::string_view text);
  // The same checks on the value.
  [[nodiscard]] static Result<CredentialId> make(CredentialType type, std::string_view value);

  [[nodiscard]] CredentialType type() const { return type_; }
  [[nodiscard]] std::string_view value() const { return std::string_view(text_).substr(3); }
  [[nodiscard]] const std::string& text() const { return text_; }  // "12-ae1@sp.example.com"
  bool operator==(const CredentialId& other) const { return text_ == other.text_; }
  auto operator<=>(const CredentialId& other) const { return text_ <=> other.text_; }

 private:
  CredentialId(CredentialType type, std::string text) : type_(type), text_(std::move(text)) {}
  CredentialType type_;
  std::string text_;
};

}  // namespace saproxy::identity
