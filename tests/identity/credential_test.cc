// Spec: TS-0003 10.4; RFC 6920 9.4 (shorter hashes of the same key)
#include "identity/credential.h"

#include <gtest/gtest.h>

#include <string_view>

namespace saproxy::identity {
namespace {

ByteView bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

CredentialId id_of(const PublicKeyName& name) {
  return *CredentialId::make(CredentialType::RawPublicKey, name.short_form());
}

TEST(Credential, IsNamedByItsCredentialId) {
  const Credential psk = ProvenPsk{*PskIdentity::parse("ae1@sp.example.com"), {}};
  EXPECT_TRUE(is_named(psk, *CredentialId::parse("12-ae1@sp.example.com")));
  EXPECT_FALSE(is_named(psk, *CredentialId::parse("12-ae2@sp.example.com")));
  EXPECT_FALSE(is_named(psk, *CredentialId::parse("33-ae1@sp.example.com")));
}

TEST(Credential, OfARawKeyIsNamedByAnyOfItsHashes) {
  const PublicKeyName name = PublicKeyName::of(bytes("key"));
  const Credential key = ProvenRawKey{name};
  for (const NameHash hash : {NameHash::Sha256, NameHash::Sha256_128, NameHash::Sha256_120}) {
    EXPECT_TRUE(is_named(key, id_of(PublicKeyName::of(bytes("key"), hash))));
    EXPECT_FALSE(is_named(key, id_of(PublicKeyName::of(bytes("other"), hash))));
  }
  EXPECT_FALSE(is_named(key, *CredentialId::parse("30-key"))) << "no name of a key";
  EXPECT_FALSE(is_named(key, *CredentialId::parse("12-" + std::string(name.short_form()))));
}

}  // namespace
}  // namespace saproxy::identity
