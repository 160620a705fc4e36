#include "identity/certificate_extensions.h"

#include <algorithm>

#include "identity/der.h"

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxExtensions = 64;
constexpr std::size_t kMaxAltNames = 256;
constexpr std::size_t kMaxConstraints = 256;
constexpr std::size_t kMaxKeyPurposes = 64;

// OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }, tagged [0] implicitly.
Result<AltName> read_other_name(ByteView value) {
  DerReader reader(value);
  SAPROXY_TRY(const DerElement type, reader.expect(der::kOid));
  SAPROXY_TRY(const DerElement wrapped, reader.expect(der::context_constructed(0)));
  SAPROXY_TRY_VOID(reader.finish("OtherName"));
  DerReader inner(wrapped.value);
  SAPROXY_TRY(const DerElement content, inner.next());
  SAPROXY_TRY_VOID(inner.finish("value of OtherName"));
  AltName name{AltName::Kind::OtherName, Bytes(content.whole.begin(), content.whole.end()), {}};
  SAPROXY_TRY(name.type_oid, read_oid(type.value));
  return name;
}

// Spec: RFC 5280 4.2.1.6 (GeneralName)
Result<AltName> read_general_name(const DerElement& element) {
  const auto plain = [&element](AltName::Kind kind) {
    return AltName{kind, Bytes(element.value.begin(), element.value.end()), {}};
  };
  switch (element.tag) {
    case der::context_constructed(0): return read_other_name(element.value);
    case der::context(1): return plain(AltName::Kind::Email);
    case der::context(2): return plain(AltName::Kind::Dns);
    case der::context_constructed(3): return plain(AltName::Kind::X400);
    case der::context_constructed(4): return plain(AltName::Kind::Directory);
    case der::context_constructed(5): return plain(AltName::Kind::Ediparty);
    case der::context(6): return plain(AltName::Kind::Uri);
    case der::context(7): return plain(AltName::Kind::Ip);
    case der::context(8): {
      SAPROXY_TRY(const std::string oid, read_oid(element.value));
      return AltName{AltName::Kind::RegisteredId, Bytes(oid.begin(), oid.end()), {}};
    }
  }
  return fail(ErrorCode::BadSyntax, "alternative name of an unknown kind");
}

Result<void> read_alt_names(ByteView value, Certificate& certificate) {
  SAPROXY_TRY(const DerElement sequence, read_only_element(value, der::kSequence));
  DerReader reader(sequence.value);
  do {
    if (certificate.alt_names.size() >= kMaxAltNames)
      return fail(ErrorCode::OutOfRange, "certificate has more than 256 alternative names");
    SAPROXY_TRY(const DerElement element, reader.next());
    SAPROXY_TRY(AltName name, read_general_name(element));
    certificate.alt_names.push_back(std::move(name));
  } while (!reader.at_end());
  return {};
}

Result<void> read_key_usage(ByteView value, Certificate& certificate) {
  SAPROXY_TRY(const DerElement bits, read_only_element(value, der::kBitString));
  SAPROXY_TRY(certificate.key_usage, read_named_bits(bits.value));
  return {};
}

Result<void> read_basic_constraints(ByteView value, Certificate& certificate) {
  SAPROXY_TRY(const DerElement sequence, read_only_element(value, der::kSequence));
  DerReader reader(sequence.value);
  if (reader.next_is(der::kBoolean)) {
    SAPROXY_TRY(const DerElement element, reader.next());
    SAPROXY_TRY(certificate.is_ca, read_boolean(element.value));
    // wolfSSL takes none of these either, unlike a written "critical FALSE".
    if (!certificate.is_ca) return fail(ErrorCode::BadSyntax, "DER: default value of cA written out");
  }
  if (!reader.at_end()) {
    SAPROXY_TRY(const DerElement element, reader.expect(der::kInteger));
    SAPROXY_TRY(certificate.path_length, read_small_unsigned(element.value));
    if (!certificate.is_ca) return fail(ErrorCode::BadSyntax, "path length in a certificate that is no CA");
  }
  return reader.finish("BasicConstraints");
}

Result<void> read_extended_key_usage(ByteView value, Certificate& certificate) {
  SAPROXY_TRY(const DerElement sequence, read_only_element(value, der::kSequence));
  DerReader reader(sequence.value);
  do {
    if (certificate.extended_key_usages.size() >= kMaxKeyPurposes)
      return fail(ErrorCode::OutOfRange, "certificate has more than 64 key purposes");
    SAPROXY_TRY(const DerElement element, reader.expect(der::kOid));
    SAPROXY_TRY(std::string oid, read_oid(element.value));
    certificate.extended_key_usages.push_back(std::move(oid));
  } while (!reader.at_end());
  return {};
}

// Spec: RFC 5280 4.2.1.10 (GeneralSubtrees; minimum and maximum are never written)
Result<void> read_subtrees(ByteView value, bool permitted, Certificate& certificate) {
  DerReader reader(value);
  do {
    if (certificate.name_constraints.size() >= kMaxConstraints)
      return fail(ErrorCode::OutOfRange, "certificate has more than 256 name constraints");
    SAPROXY_TRY(const DerElement subtree, reader.expect(der::kSequence));
    DerReader parts(subtree.value);
    SAPROXY_TRY(const DerElement base, parts.next());
    SAPROXY_TRY_VOID(parts.finish("GeneralSubtree"));
    NameConstraint constraint{NameConstraint::Kind::Other, permitted, {}};
    if (base.tag == der::context(2)) constraint.kind = NameConstraint::Kind::Dns;
    if (base.tag == der::context(6)) constraint.kind = NameConstraint::Kind::Uri;
    if (constraint.kind != NameConstraint::Kind::Other) constraint.base = std::string(as_text(base.value));
    certificate.name_constraints.push_back(std::move(constraint));
  } while (!reader.at_end());
  return {};
}

Result<void> read_name_constraints(ByteView value, Certificate& certificate) {
  SAPROXY_TRY(const DerElement sequence, read_only_element(value, der::kSequence));
  DerReader reader(sequence.value);
  if (reader.at_end()) return fail(ErrorCode::BadSyntax, "name constraints without any constraint");
  for (const bool permitted : {true, false}) {
    if (!reader.next_is(der::context_constructed(permitted ? 0 : 1))) continue;
    SAPROXY_TRY(const DerElement subtrees, reader.next());
    SAPROXY_TRY_VOID(read_subtrees(subtrees.value, permitted, certificate));
  }
  certificate.has_name_constraints = true;
  return reader.finish("NameConstraints");
}

// Understood here or by the path validation of the TLS library, whatever they say.
bool is_handled_elsewhere(std::string_view oid) {
  return oid == "2.5.29.14" || oid == "2.5.29.35" || oid == "2.5.29.31" || oid == "2.5.29.32" ||
         oid == "1.3.6.1.5.5.7.1.1";
}

Result<void> read_extension(const std::string& oid, bool critical, ByteView value, Certificate& certificate) {
  if (oid == "2.5.29.17") return read_alt_names(value, certificate);
  if (oid == "2.5.29.15") return read_key_usage(value, certificate);
  if (oid == "2.5.29.19") return read_basic_constraints(value, certificate);
  if (oid == "2.5.29.37") return read_extended_key_usage(value, certificate);
  if (oid == "2.5.29.30") return read_name_constraints(value, certificate);
  if (critical && !is_handled_elsewhere(oid)) certificate.unknown_critical_extensions.push_back(oid);
  return {};
}

}  // namespace

Result<void> read_extensions(ByteView value, Certificate& certificate) {
  DerReader reader(value);
  std::vector<std::string> seen;
  do {
    if (seen.size() >= kMaxExtensions) return fail(ErrorCode::OutOfRange, "certificate has more than 64 extensions");
    SAPROXY_TRY(const DerElement extension, reader.expect(der::kSequence));
    DerReader parts(extension.value);
    SAPROXY_TRY(const DerElement oid_element, parts.expect(der::kOid));
    SAPROXY_TRY(const std::string oid, read_oid(oid_element.value));
    bool critical = false;
    if (parts.next_is(der::kBoolean)) {
      SAPROXY_TRY(const DerElement flag, parts.next());
      SAPROXY_TRY(critical, read_boolean(flag.value));
    }
    SAPROXY_TRY(const DerElement content, parts.expect(der::kOctetString));
    SAPROXY_TRY_VOID(parts.finish("Extension"));
    if (std::find(seen.begin(), seen.end(), oid) != seen.end())
      return fail(ErrorCode::Conflict, "certificate has the same extension twice");
    seen.push_back(oid);
    SAPROXY_TRY_VOID(read_extension(oid, critical, content.value, certificate));
  } while (!reader.at_end());
  return {};
}

}  // namespace saproxy::identity
