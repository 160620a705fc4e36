#include "identity/credential_id.h"

#include <optional>

#include "identity/domain_name.h"

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxCredentialId = 600;

std::string_view digits_of(CredentialType type) {
  switch (type) {
    case CredentialType::MefKey: return "10";
    case CredentialType::MafKey: return "11";
    case CredentialType::SaefKey: return "12";
    case CredentialType::RawPublicKey: return "30";
    case CredentialType::DeviceCertificate: return "31";
    case CredentialType::CseIdCertificate: return "32";
    case CredentialType::AeIdCertificate: return "33";
    case CredentialType::NodeIdCertificate: return "34";
  }
  return "";
}

std::optional<CredentialType> type_of(std::string_view digits) {
  for (const CredentialType type :
       {CredentialType::MefKey, CredentialType::MafKey, CredentialType::SaefKey, CredentialType::RawPublicKey,
        CredentialType::DeviceCertificate, CredentialType::CseIdCertificate, CredentialType::AeIdCertificate,
        CredentialType::NodeIdCertificate})
    if (digits_of(type) == digits) return type;
  return std::nullopt;
}

}  // namespace

// Spec: TS-0003 10.4 (table of types; the value begins after the first '-')
Result<CredentialId> CredentialId::parse(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == text.npos)
    return fail(ErrorCode::BadSyntax, "Credential-ID has no '-' after its type, as in 12-ae1@sp.example.com");
  const auto type = type_of(text.substr(0, dash));
  if (!type) return fail(ErrorCode::Unsupported, "Credential-ID type is none of 10, 11, 12, 30, 31, 32, 33, 34");
  return make(*type, text.substr(dash + 1));
}

Result<CredentialId> CredentialId::make(CredentialType type, std::string_view value) {
  const std::string_view digits = digits_of(type);
  if (digits.empty()) return fail(ErrorCode::Unsupported, "Credential-ID type is unknown");
  if (value.empty()) return fail(ErrorCode::BadSyntax, "Credential-ID has no value after '-'");
  if (digits.size() + 1 + value.size() > kMaxCredentialId)
    return fail(ErrorCode::OutOfRange, "Credential-ID is longer than 600 bytes");
  // Lists of Credential-IDs are blank-separated in XML, and the text goes into a header: visible ASCII only.
  if (!is_all_visible(value))
    return fail(ErrorCode::BadSyntax, "Credential-ID contains a blank, a control character or a non-ASCII byte");
  std::string text(digits);
  text += '-';
  text += value;
  return CredentialId(type, std::move(text));
}

}  // namespace saproxy::identity
