// PSK identities from hostile peers, and the small text readers that take operator input: hex, base64, key names,
// Credential-IDs.

#include "identity/base64.h"
#include "identity/credential.h"
#include "identity/hex.h"
#include "identity/printable.h"
#include "identity/psk_identity.h"
#include "tests/fuzz/require.h"

using saproxy::fuzz::require;
using namespace saproxy::identity;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView wire(data, size);
  const std::string_view text = as_text(wire);
  if (const auto identity = PskIdentity::parse(wire)) {
    require(identity->text() == text);
    require(identity->text() == std::string(identity->relative()) + "@" + std::string(identity->fqdn()));
    require(credential_id_of(ProvenPsk{*identity, {}}).value() == text);
  }
  if (const auto id = CredentialId::parse(text))
    require(id->text() == text && CredentialId::make(id->type(), id->value()) == *id);
  if (const auto bytes = base64_decode(text)) require(base64_encode(*bytes) == text);
  if (const auto bytes = base64url_decode(text)) require(base64url_encode(*bytes) == text);
  if (const auto bytes = hex_decode(text)) require(bytes->size() * 2 == size);
  if (const auto name = PublicKeyName::parse(text))
    require(PublicKeyName::parse(name->short_form())->uri() == name->uri());
  for (const char c : printable(text)) require(c >= ' ' && c <= '~');
  return 0;
}
