#include "identity/ocsp_response.h"

#include "identity/der.h"

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxResponse = 65536;
constexpr std::size_t kMaxSingles = 64;
constexpr std::size_t kMaxExtensions = 16;
constexpr std::uint8_t kEnumerated = 0x0A;
constexpr std::string_view kBasic = "1.3.6.1.5.5.7.48.1.1";
constexpr std::string_view kNonce = "1.3.6.1.5.5.7.48.1.2";

Bytes copy_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

Result<std::int64_t> read_generalized_time(DerReader& reader) {
  SAPROXY_TRY(const DerElement time, reader.expect(der::kGeneralizedTime));
  return read_time(time);
}

// `nonce`: where the nonce goes; null where none may stand.
Result<void> read_extension(ByteView value, std::optional<Bytes>* nonce) {
  DerReader reader(value);
  SAPROXY_TRY(const DerElement type, reader.expect(der::kOid));
  SAPROXY_TRY(const std::string oid, read_oid(type.value));
  bool critical = false;
  if (reader.next_is(der::kBoolean)) {
    SAPROXY_TRY(const DerElement flag, reader.next());
    SAPROXY_TRY(critical, read_boolean(flag.value));
  }
  SAPROXY_TRY(const DerElement content, reader.expect(der::kOctetString));
  SAPROXY_TRY_VOID(reader.finish("extension"));
  if (nonce != nullptr && oid == kNonce) {
    if (nonce->has_value()) return fail(ErrorCode::Conflict, "two nonces");
    SAPROXY_TRY(const DerElement inner, read_only_element(content.value, der::kOctetString));
    *nonce = copy_of(inner.value);
    return {};
  }
  if (critical) return fail(ErrorCode::Unsupported, "critical extension " + oid);
  return {};
}

// [number] EXPLICIT Extensions, or nothing.
Result<void> read_extensions_at(DerReader& reader, unsigned number, std::optional<Bytes>* nonce) {
  if (!reader.next_is(der::context_constructed(number))) return {};
  SAPROXY_TRY(const DerElement wrapped, reader.next());
  SAPROXY_TRY(const DerElement list, read_only_element(wrapped.value, der::kSequence));
  DerReader extensions(list.value);
  for (std::size_t count = 0; !extensions.at_end(); ++count) {
    if (count == kMaxExtensions) return fail(ErrorCode::OutOfRange, "too many extensions");
    SAPROXY_TRY(const DerElement extension, extensions.expect(der::kSequence));
    SAPROXY_TRY_VOID(read_extension(extension.value, nonce));
  }
  return {};
}

Result<OcspCertificateId> read_certificate_id(ByteView value) {
  DerReader reader(value);
  SAPROXY_TRY(const DerElement algorithm, reader.expect(der::kSequence));
  SAPROXY_TRY(const DerElement type, DerReader(algorithm.value).expect(der::kOid));
  OcspCertificateId id;
  SAPROXY_TRY(id.hash_algorithm, read_oid(type.value));
  SAPROXY_TRY(const DerElement name_hash, reader.expect(der::kOctetString));
  SAPROXY_TRY(const DerElement key_hash, reader.expect(der::kOctetString));
  SAPROXY_TRY(const DerElement serial, reader.expect(der::kInteger));
  SAPROXY_TRY(const ByteView number, read_integer(serial.value));
  SAPROXY_TRY_VOID(reader.finish("CertID"));
  id.issuer_name_hash = copy_of(name_hash.value);
  id.issuer_key_hash = copy_of(key_hash.value);
  id.serial = copy_of(number);
  return id;
}

Result<OcspSingleResponse::Status> read_status(DerReader& reader) {
  SAPROXY_TRY(const DerElement status, reader.next());
  const bool empty = status.value.empty();
  switch (status.tag) {
    case der::context(0):
      if (empty) return OcspSingleResponse::Status::Good;
      break;
    case der::context_constructed(1): return OcspSingleResponse::Status::Revoked;
    case der::context(2):
      if (empty) return OcspSingleResponse::Status::Unknown;
      break;
  }
  return fail(ErrorCode::BadSyntax, "neither good, revoked nor unknown");
}

Result<OcspSingleResponse> read_single(ByteView value) {
  DerReader reader(value);
  SAPROXY_TRY(const DerElement id, reader.expect(der::kSequence));
  OcspSingleResponse single;
  SAPROXY_TRY(single.id, read_certificate_id(id.value));
  SAPROXY_TRY(single.status, read_status(reader));
  SAPROXY_TRY(single.this_update, read_generalized_time(reader));
  if (reader.next_is(der::context_constructed(0))) {
    SAPROXY_TRY(const DerElement wrapped, reader.next());
    DerReader inner(wrapped.value);
    SAPROXY_TRY(single.next_update, read_generalized_time(inner));
    SAPROXY_TRY_VOID(inner.finish("nextUpdate"));
  }
  SAPROXY_TRY_VOID(read_extensions_at(reader, 1, nullptr));
  SAPROXY_TRY_VOID(reader.finish("SingleResponse"));
  return single;
}

// Spec: RFC 6960 4.2.1: ResponseData
Result<void> read_data(ByteView value, OcspResponse& response) {
  DerReader reader(value);
  if (reader.next_is(der::context_constructed(0)))  // v1 is the default, and there is no other
    return fail(ErrorCode::Unsupported, "version of the response");
  SAPROXY_TRY(const DerElement responder, reader.next());
  if (responder.tag != der::context_constructed(1) && responder.tag != der::context_constructed(2))
    return fail(ErrorCode::BadSyntax, "no ResponderID");
  SAPROXY_TRY(response.produced_at, read_generalized_time(reader));
  SAPROXY_TRY(const DerElement list, reader.expect(der::kSequence));
  DerReader singles(list.value);
  while (!singles.at_end()) {
    if (response.singles.size() == kMaxSingles) return fail(ErrorCode::OutOfRange, "more than 64 single responses");
    SAPROXY_TRY(const DerElement single, singles.expect(der::kSequence));
    SAPROXY_TRY(OcspSingleResponse read, read_single(single.value));
    response.singles.push_back(std::move(read));
  }
  SAPROXY_TRY_VOID(read_extensions_at(reader, 1, &response.nonce));
  return reader.finish("ResponseData");
}

// Spec: RFC 6960 4.2.1: BasicOCSPResponse. Signature and certificates are for whoever verifies.
Result<void> read_basic(ByteView der, OcspResponse& response) {
  SAPROXY_TRY(const DerElement outer, read_only_element(der, der::kSequence));
  DerReader reader(outer.value);
  SAPROXY_TRY(const DerElement data, reader.expect(der::kSequence));
  SAPROXY_TRY([[maybe_unused]] const DerElement algorithm, reader.expect(der::kSequence));
  SAPROXY_TRY(const DerElement signature, reader.expect(der::kBitString));
  SAPROXY_TRY([[maybe_unused]] const ByteView bits, read_octet_bit_string(signature.value));
  if (reader.next_is(der::context_constructed(0))) {
    SAPROXY_TRY([[maybe_unused]] const DerElement certificates, reader.next());
  }
  SAPROXY_TRY_VOID(reader.finish("BasicOCSPResponse"));
  return read_data(data.value, response);
}

}  // namespace

Result<OcspResponse> read_ocsp_response(ByteView der) {
  if (der.size() > kMaxResponse) return fail(ErrorCode::OutOfRange, "larger than 64 KiB");
  SAPROXY_TRY(const DerElement outer, read_only_element(der, der::kSequence));
  DerReader reader(outer.value);
  SAPROXY_TRY(const DerElement status, reader.expect(kEnumerated));
  OcspResponse response;
  SAPROXY_TRY(response.status, read_small_unsigned(status.value));
  if (response.status != 0) {
    if (!reader.at_end()) return fail(ErrorCode::BadSyntax, "a refusal with content");
    return response;
  }
  SAPROXY_TRY(const DerElement wrapped, reader.expect(der::context_constructed(0)));
  SAPROXY_TRY_VOID(reader.finish("OCSPResponse"));
  SAPROXY_TRY(const DerElement bytes, read_only_element(wrapped.value, der::kSequence));
  DerReader inner(bytes.value);
  SAPROXY_TRY(const DerElement type, inner.expect(der::kOid));
  SAPROXY_TRY(const std::string oid, read_oid(type.value));
  if (oid != kBasic) return fail(ErrorCode::Unsupported, "response of type " + oid);
  SAPROXY_TRY(const DerElement basic, inner.expect(der::kOctetString));
  SAPROXY_TRY_VOID(inner.finish("ResponseBytes"));
  SAPROXY_TRY_VOID(read_basic(basic.value, response));
  return response;
}

}  // namespace saproxy::identity
