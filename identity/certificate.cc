#include "identity/certificate.h"

#include <algorithm>

#include "identity/certificate_extensions.h"
#include "identity/der.h"

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxCertificate = std::size_t{64} * 1024;
constexpr std::size_t kMaxSerial = 21;  // RFC 5280 4.1.2.2: 20 bytes, and the zero byte that some issuers add
constexpr std::size_t kMaxNameParts = 64;
constexpr std::string_view kCommonNameOid = "2.5.4.3";

Result<SignatureAlgorithm> read_signature_algorithm(ByteView value) {
  DerReader reader(value);
  SAPROXY_TRY(const DerElement oid_element, reader.expect(der::kOid));
  SAPROXY_TRY(const std::string oid, read_oid(oid_element.value));
  if (!reader.at_end()) {
    SAPROXY_TRY([[maybe_unused]] const DerElement parameters, reader.next());
    SAPROXY_TRY_VOID(reader.finish("AlgorithmIdentifier"));
  }
  if (oid == "1.2.840.10045.4.3.2") return SignatureAlgorithm::EcdsaSha256;
  if (oid == "1.2.840.10045.4.3.3") return SignatureAlgorithm::EcdsaSha384;
  if (oid.starts_with("1.2.840.10045.4.")) return SignatureAlgorithm::EcdsaOther;
  if (oid == "1.2.840.113549.1.1.11") return SignatureAlgorithm::RsaSha256;
  if (oid.starts_with("1.2.840.113549.1.1.")) return SignatureAlgorithm::RsaOther;
  return SignatureAlgorithm::Other;
}

// The point must have the size of its curve: a parser that disagrees with wolfSSL about where the key ends is a trap.
Result<void> read_ec_key(DerReader& algorithm, ByteView point, RawPublicKey& key) {
  if (algorithm.at_end()) return fail(ErrorCode::BadSyntax, "EC key without a curve");
  SAPROXY_TRY(const DerElement curve, algorithm.next());
  key.key = KeyAlgorithm::EcOther;
  std::size_t field = 0;
  if (curve.tag == der::kOid) {
    SAPROXY_TRY(const std::string oid, read_oid(curve.value));
    if (oid == "1.2.840.10045.3.1.7") {
      key.key = KeyAlgorithm::EcP256;
      field = 32;
    }
    if (oid == "1.3.132.0.34") {
      key.key = KeyAlgorithm::EcP384;
      field = 48;
    }
  }
  if (point.empty()) return fail(ErrorCode::WrongLength, "EC key without a point");
  key.key_uncompressed = point[0] == 0x04;
  const bool compressed = point[0] == 0x02 || point[0] == 0x03;
  if (field != 0 && !(key.key_uncompressed && point.size() == 1 + 2 * field) &&
      !(compressed && point.size() == 1 + field))
    return fail(ErrorCode::WrongLength, "EC point does not have the size of its curve");
  return {};
}

Result<void> read_rsa_key(ByteView bits, RawPublicKey& key) {
  SAPROXY_TRY(const DerElement sequence, read_only_element(bits, der::kSequence));
  DerReader reader(sequence.value);
  SAPROXY_TRY(const DerElement modulus_element, reader.expect(der::kInteger));
  SAPROXY_TRY(const DerElement exponent_element, reader.expect(der::kInteger));
  SAPROXY_TRY_VOID(reader.finish("RSAPublicKey"));
  SAPROXY_TRY(ByteView modulus, read_integer(modulus_element.value));
  SAPROXY_TRY([[maybe_unused]] const ByteView exponent, read_integer(exponent_element.value));
  if ((modulus[0] & 0x80) != 0) return fail(ErrorCode::OutOfRange, "RSA modulus is negative");
  if (modulus[0] == 0) modulus = modulus.subspan(1);
  key.key = KeyAlgorithm::Rsa;
  if (modulus.empty()) return fail(ErrorCode::OutOfRange, "RSA modulus is zero");
  key.rsa_bits = static_cast<unsigned>(modulus.size() * 8);
  for (std::uint8_t top = modulus[0]; (top & 0x80) == 0; top = static_cast<std::uint8_t>(top << 1)) --key.rsa_bits;
  return {};
}

// `whole` is one SubjectPublicKeyInfo. Spec: RFC 5280 4.1.2.7, RFC 5480 2
Result<RawPublicKey> read_public_key_info(const DerElement& info) {
  RawPublicKey key;
  key.public_key_info.assign(info.whole.begin(), info.whole.end());
  DerReader reader(info.value);
  SAPROXY_TRY(const DerElement algorithm_element, reader.expect(der::kSequence));
  SAPROXY_TRY(const DerElement bits_element, reader.expect(der::kBitString));
  SAPROXY_TRY_VOID(reader.finish("SubjectPublicKeyInfo"));
  SAPROXY_TRY(const ByteView bits, read_octet_bit_string(bits_element.value));
  DerReader algorithm(algorithm_element.value);
  SAPROXY_TRY(const DerElement oid_element, algorithm.expect(der::kOid));
  SAPROXY_TRY(const std::string oid, read_oid(oid_element.value));
  if (oid == "1.2.840.10045.2.1") {
    SAPROXY_TRY_VOID(read_ec_key(algorithm, bits, key));
  } else if (oid == "1.2.840.113549.1.1.1") {
    SAPROXY_TRY([[maybe_unused]] const DerElement null, algorithm.expect(der::kNull));
    SAPROXY_TRY_VOID(read_rsa_key(bits, key));
  } else if (oid == "1.3.101.112") {
    if (bits.size() != 32) return fail(ErrorCode::WrongLength, "Ed25519 key is not 32 bytes");
    key.key = KeyAlgorithm::Ed25519;
  } else if (!algorithm.at_end()) {
    SAPROXY_TRY([[maybe_unused]] const DerElement parameters, algorithm.next());
  }
  SAPROXY_TRY_VOID(algorithm.finish("AlgorithmIdentifier"));
  return key;
}

std::string visible_part(ByteView value) {
  std::string text;
  for (const std::uint8_t byte : value)
    if (byte >= 0x20 && byte <= 0x7E) text += static_cast<char>(byte);
  return text;
}

// Walks all of a Name, so that a malformed one is refused, and keeps the first common name.
Result<void> read_name(ByteView value, std::string* common_name) {
  DerReader rdns(value);
  for (std::size_t parts = 0; !rdns.at_end();) {
    SAPROXY_TRY(const DerElement rdn, rdns.expect(der::kSet));
    DerReader attributes(rdn.value);
    do {
      if (++parts > kMaxNameParts) return fail(ErrorCode::OutOfRange, "name has more than 64 parts");
      SAPROXY_TRY(const DerElement attribute, attributes.expect(der::kSequence));
      DerReader pair(attribute.value);
      SAPROXY_TRY(const DerElement type_element, pair.expect(der::kOid));
      SAPROXY_TRY(const std::string type, read_oid(type_element.value));
      SAPROXY_TRY(const DerElement text, pair.next());
      SAPROXY_TRY_VOID(pair.finish("AttributeTypeAndValue"));
      if (common_name != nullptr && common_name->empty() && type == kCommonNameOid)
        *common_name = visible_part(text.value);
    } while (!attributes.at_end());
  }
  return {};
}

Result<void> read_version_and_serial(DerReader& tbs, Certificate& certificate) {
  certificate.version = 1;
  if (tbs.next_is(der::context_constructed(0))) {
    SAPROXY_TRY(const DerElement wrapped, tbs.next());
    SAPROXY_TRY(const DerElement number, read_only_element(wrapped.value, der::kInteger));
    SAPROXY_TRY(const unsigned version, read_small_unsigned(number.value));
    if (version != 1 && version != 2)
      return fail(ErrorCode::Unsupported, "certificate version is neither 2 nor 3 nor left out");
    certificate.version = static_cast<int>(version) + 1;
  }
  SAPROXY_TRY(const DerElement serial_element, tbs.expect(der::kInteger));
  SAPROXY_TRY(const ByteView serial, read_integer(serial_element.value));
  if (serial.size() > kMaxSerial)
    return fail(ErrorCode::OutOfRange, "certificate serial number is longer than 21 bytes");
  certificate.serial.assign(serial.begin(), serial.end());
  return {};
}

Result<void> read_validity(DerReader& tbs, Certificate& certificate) {
  SAPROXY_TRY(const DerElement validity, tbs.expect(der::kSequence));
  DerReader times(validity.value);
  SAPROXY_TRY(const DerElement from, times.next());
  SAPROXY_TRY(const DerElement until, times.next());
  SAPROXY_TRY_VOID(times.finish("Validity"));
  SAPROXY_TRY(certificate.not_before, read_time(from));
  SAPROXY_TRY(certificate.not_after, read_time(until));
  return {};
}

Result<void> read_tail(DerReader& tbs, Certificate& certificate) {
  for (unsigned unique_id = 1; unique_id <= 2; ++unique_id) {
    if (!tbs.next_is(der::context(unique_id))) continue;
    SAPROXY_TRY([[maybe_unused]] const DerElement ignored, tbs.next());
    if (certificate.version < 2) return fail(ErrorCode::BadSyntax, "unique identifier in a version 1 certificate");
  }
  if (tbs.next_is(der::context_constructed(3))) {
    SAPROXY_TRY(const DerElement wrapped, tbs.next());
    if (certificate.version != 3)
      return fail(ErrorCode::BadSyntax, "extensions in a certificate that is not version 3");
    SAPROXY_TRY(const DerElement extensions, read_only_element(wrapped.value, der::kSequence));
    SAPROXY_TRY_VOID(read_extensions(extensions.value, certificate));
  }
  return tbs.finish("TBSCertificate");
}

Result<void> read_tbs(ByteView value, ByteView outer_algorithm, Certificate& certificate) {
  DerReader tbs(value);
  SAPROXY_TRY_VOID(read_version_and_serial(tbs, certificate));
  SAPROXY_TRY(const DerElement algorithm, tbs.expect(der::kSequence));
  // RFC 5280 4.1.1.2: the signed and the unsigned algorithm are the same.
  if (!std::equal(algorithm.whole.begin(), algorithm.whole.end(), outer_algorithm.begin(), outer_algorithm.end()))
    return fail(ErrorCode::Conflict, "certificate names two signature algorithms");
  SAPROXY_TRY(certificate.signature, read_signature_algorithm(algorithm.value));
  SAPROXY_TRY(const DerElement issuer, tbs.expect(der::kSequence));
  SAPROXY_TRY_VOID(read_name(issuer.value, nullptr));
  certificate.issuer_der.assign(issuer.whole.begin(), issuer.whole.end());
  SAPROXY_TRY_VOID(read_validity(tbs, certificate));
  SAPROXY_TRY(const DerElement subject, tbs.expect(der::kSequence));
  SAPROXY_TRY_VOID(read_name(subject.value, &certificate.subject_common_name));
  certificate.subject_der.assign(subject.whole.begin(), subject.whole.end());
  SAPROXY_TRY(const DerElement info, tbs.expect(der::kSequence));
  SAPROXY_TRY(RawPublicKey key, read_public_key_info(info));
  certificate.key = key.key;
  certificate.key_uncompressed = key.key_uncompressed;
  certificate.rsa_bits = key.rsa_bits;
  certificate.public_key_info = std::move(key.public_key_info);
  return read_tail(tbs, certificate);
}

}  // namespace

std::string_view AltName::text() const { return as_text(value); }

Result<Certificate> parse_certificate(ByteView der_bytes) {
  if (der_bytes.size() > kMaxCertificate) return fail(ErrorCode::OutOfRange, "certificate is larger than 64 KiB");
  SAPROXY_TRY(const DerElement outer, read_only_element(der_bytes, der::kSequence));
  DerReader reader(outer.value);
  SAPROXY_TRY(const DerElement tbs, reader.expect(der::kSequence));
  SAPROXY_TRY(const DerElement algorithm, reader.expect(der::kSequence));
  SAPROXY_TRY(const DerElement signature, reader.expect(der::kBitString));
  SAPROXY_TRY_VOID(reader.finish("Certificate"));
  SAPROXY_TRY([[maybe_unused]] const ByteView signature_bytes, read_octet_bit_string(signature.value));
  Certificate certificate;
  SAPROXY_TRY_VOID(read_tbs(tbs.value, algorithm.whole, certificate));
  return certificate;
}

PeerKeyForm classify_peer_key(ByteView der_bytes) {
  const auto outer = read_only_element(der_bytes, der::kSequence);
  if (!outer) return PeerKeyForm::Neither;
  DerReader reader(outer->value);
  const auto first = reader.expect(der::kSequence);
  if (!first) return PeerKeyForm::Neither;
  const auto second = reader.next();
  if (!second) return PeerKeyForm::Neither;
  if (second->tag == der::kBitString)
    return reader.at_end() && DerReader(first->value).next_is(der::kOid) ? PeerKeyForm::RawPublicKey
                                                                         : PeerKeyForm::Neither;
  if (second->tag != der::kSequence || !reader.expect(der::kBitString)) return PeerKeyForm::Neither;
  return reader.at_end() ? PeerKeyForm::X509 : PeerKeyForm::Neither;
}

Result<RawPublicKey> parse_raw_public_key(ByteView der_bytes) {
  if (der_bytes.size() > kMaxCertificate) return fail(ErrorCode::OutOfRange, "public key is larger than 64 KiB");
  SAPROXY_TRY(const DerElement info, read_only_element(der_bytes, der::kSequence));
  return read_public_key_info(info);
}

}  // namespace saproxy::identity
