#include "identity/public_key_name.h"

#include <algorithm>

#include "identity/base64.h"
#include "identity/digest.h"

namespace saproxy::identity {
namespace {

constexpr std::string_view kScheme = "ni:///";

struct HashForm {
  NameHash hash;
  std::string_view word;
  std::size_t bytes;
};
constexpr HashForm kForms[] = {{NameHash::Sha256, "sha-256", 32},
                               {NameHash::Sha256_128, "sha-256-128", 16},
                               {NameHash::Sha256_120, "sha-256-120", 15}};

const HashForm& form_of(NameHash hash) {
  return *std::find_if(std::begin(kForms), std::end(kForms),
                       [hash](const HashForm& form) { return form.hash == hash; });
}

// `digest` holds at least as many bytes as the form shows.
std::string uri_of(const HashForm& form, ByteView digest) {
  return std::string(kScheme) + std::string(form.word) + ";" + base64url_encode(digest.first(form.bytes));
}

std::string_view hash_text(std::string_view uri) { return uri.substr(uri.find(';') + 1); }

}  // namespace

PublicKeyName PublicKeyName::of(ByteView public_key_info, NameHash hash) {
  const Digest digest = sha256(public_key_info);
  return PublicKeyName(uri_of(form_of(hash), digest), hash);
}

// Spec: RFC 6920 3: "ni://" authority "/" algorithm ";" value; no authority, no query here.
Result<PublicKeyName> PublicKeyName::parse(std::string_view text) {
  if (text.starts_with(kScheme)) {
    text.remove_prefix(kScheme.size());
  } else if (text.starts_with("ni:")) {
    return fail(ErrorCode::Unsupported, "key name has an authority; write ni:///sha-256;... with three slashes");
  }
  const auto semicolon = text.find(';');
  if (semicolon == text.npos) return fail(ErrorCode::BadSyntax, "key name is not \"sha-256;\" and a base64url hash");
  for (const HashForm& form : kForms) {
    if (form.word != text.substr(0, semicolon)) continue;
    SAPROXY_TRY(const Bytes digest, base64url_decode(text.substr(semicolon + 1)));
    if (digest.size() != form.bytes)
      return fail(ErrorCode::WrongLength, "key name has a hash of another length than its algorithm gives");
    return PublicKeyName(uri_of(form, digest), form.hash);
  }
  return fail(ErrorCode::Unsupported, "key name has another hash than sha-256, sha-256-128 or sha-256-120");
}

std::optional<PublicKeyName> PublicKeyName::shortened(NameHash hash) const {
  const HashForm& form = form_of(hash);
  const auto digest = base64url_decode(hash_text(uri_));
  if (!digest || digest->size() < form.bytes) return std::nullopt;
  return PublicKeyName(uri_of(form, *digest), hash);
}

bool PublicKeyName::names(ByteView public_key_info) const {
  const std::string other = of(public_key_info, hash_).uri_;
  if (other.size() != uri_.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < uri_.size(); ++i)
    difference |= static_cast<unsigned char>(uri_[i]) ^ static_cast<unsigned>(static_cast<unsigned char>(other[i]));
  return difference == 0;
}

}  // namespace saproxy::identity
