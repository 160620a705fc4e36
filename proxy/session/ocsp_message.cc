#include "proxy/session/ocsp_message.h"

#include <algorithm>
#include <vector>

#include "proxy/session/revocation.h"
#include "proxy/session/wolfssl_library.h"

#include <wolfssl/ocsp.h>
#include <wolfssl/wolfcrypt/asn.h>

namespace saproxy::proxy {
namespace {

using identity::Bytes;
using identity::ByteView;
using identity::ErrorCode;
using identity::fail;
using identity::Result;
using policy::OcspVerdict;

constexpr std::string_view kSha1 = "1.3.14.3.2.26";
static_assert(OCSP_DIGEST == WC_HASH_TYPE_SHA, "RFC 5019 2.1.1: responders may know no other hash");

// What a certificate says, as wolfSSL reads it; a view of `der`.
class Decoded {
 public:
  explicit Decoded(ByteView der) {
    wc_InitDecodedCert(&certificate_, der.data(), static_cast<word32>(der.size()), nullptr);
  }
  ~Decoded() { wc_FreeDecodedCert(&certificate_); }
  Decoded(const Decoded&) = delete;
  Decoded& operator=(const Decoded&) = delete;
  // By whom it was issued has to be in `manager`. When it ends is not asked here.
  [[nodiscard]] int parse(WOLFSSL_CERT_MANAGER* manager) {
    return wc_ParseCert(&certificate_, CERT_TYPE, VERIFY_SKIP_DATE, manager);
  }
  [[nodiscard]] DecodedCert* get() { return &certificate_; }

 private:
  DecodedCert certificate_;
};

struct FreeRequest {
  void operator()(OcspRequest* request) const noexcept { wc_OcspRequest_free(request); }
};
struct FreeOcsp {
  void operator()(WOLFSSL_OCSP* ocsp) const noexcept { wc_FreeOCSP(ocsp); }
};

// A manager that trusts `issuer` alone, so that nobody else can have signed or authorised anything.
OwnedManager manager_of(ByteView issuer) {
  OwnedManager manager(wolfSSL_CertManagerNew());
  if (manager &&
      wolfSSL_CertManagerLoadCABuffer_ex(manager.get(), issuer.data(), static_cast<long>(issuer.size()),
                                         WOLFSSL_FILETYPE_ASN1, 0, WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY) == WOLFSSL_SUCCESS)
    return manager;
  return nullptr;
}

Bytes digest(const byte* hash) { return {hash, hash + WC_SHA_DIGEST_SIZE}; }

// The content of an INTEGER: a number whose first bit is set has a zero before it.
Bytes integer_of(const byte* number, int size) {
  Bytes content(number, number + size);
  while (content.size() > 1 && content[0] == 0 && content[1] < 0x80) content.erase(content.begin());
  if (!content.empty() && content.front() >= 0x80) content.insert(content.begin(), 0);
  return content;
}

OcspMessage::Reading none(OcspVerdict verdict, std::string detail) {
  return {{verdict, 0, std::nullopt}, std::move(detail)};
}

std::string_view refusal_of(unsigned status) {
  switch (status) {
    case OCSP_MALFORMED_REQUEST: return "malformedRequest";
    case OCSP_INTERNAL_ERROR: return "internalError";
    case OCSP_TRY_LATER: return "tryLater";
    case OCSP_SIG_REQUIRED: return "sigRequired";
    case OCSP_UNAUTHORIZED: return "unauthorized";
    default: return "an unknown status";
  }
}

// What wolfSSL makes of a response whose content is known already.
std::optional<OcspVerdict> verdict_of(int error) {
  switch (error) {
    case 0: return OcspVerdict::Good;
    case OCSP_CERT_REVOKED: return OcspVerdict::Revoked;
    case OCSP_CERT_UNKNOWN: return OcspVerdict::Unknown;
    default: return std::nullopt;
  }
}

}  // namespace

Result<OcspMessage> OcspMessage::make(ByteView certificate, ByteView issuer, bool nonce) {
  const OwnedManager manager = manager_of(issuer);
  if (!manager) return fail(ErrorCode::BadSyntax, "the issuer's certificate cannot be used");
  Decoded decoded(certificate);
  if (const int error = decoded.parse(manager.get()); error != 0)
    return fail(ErrorCode::BadSyntax, "the certificate cannot be used: " + wolfssl_error_text(error));
  const std::unique_ptr<OcspRequest, FreeRequest> request(wc_OcspRequest_new(nullptr));
  if (!request || wc_InitOcspRequest(request.get(), decoded.get(), nonce ? 1 : 0, nullptr) != 0)
    return fail(ErrorCode::BadSyntax, "wolfSSL can make no request of it");
  OcspMessage message;
  message.request_.resize(1024);
  const int size =
      wc_EncodeOcspRequest(request.get(), message.request_.data(), static_cast<word32>(message.request_.size()));
  if (size <= 0) return fail(ErrorCode::Failed, "wolfSSL cannot write the request: " + wolfssl_error_text(size));
  message.request_.resize(static_cast<std::size_t>(size));
  if (nonce && request->nonceSz <= 0) return fail(ErrorCode::Failed, "wolfSSL has made no nonce");
  if (nonce) message.nonce_.assign(request->nonce, request->nonce + request->nonceSz);
  if (decoded.get()->extAuthInfo != nullptr && decoded.get()->extAuthInfoSz > 0)
    message.responder_.assign(reinterpret_cast<const char*>(decoded.get()->extAuthInfo),
                              static_cast<std::size_t>(decoded.get()->extAuthInfoSz));
  message.id_ = {std::string(kSha1), digest(request->issuerHash), digest(request->issuerKeyHash),
                 integer_of(request->serial, request->serialSz)};
  message.certificate_.assign(certificate.begin(), certificate.end());
  message.issuer_.assign(issuer.begin(), issuer.end());
  return message;
}

// What it says, before anybody has looked at the signature.
OcspMessage::Reading OcspMessage::judge(ByteView response, std::int64_t now,
                                        const policy::OcspTolerance& tolerance) const {
  const auto content = identity::read_ocsp_response(response);
  if (!content) return none(OcspVerdict::Malformed, content.error().detail);
  if (content->status != OCSP_SUCCESSFUL) return none(OcspVerdict::Refused, std::string(refusal_of(content->status)));
  if (!nonce_.empty() && content->nonce != nonce_)
    return none(OcspVerdict::OtherCertificate, "it does not repeat our nonce");
  return {policy::judge_ocsp(*content, id_, now, tolerance), {}};
}

OcspMessage::Reading OcspMessage::read(ByteView response, std::int64_t now,
                                       const policy::OcspTolerance& tolerance) const {
  Reading reading = judge(response, now, tolerance);
  const policy::OcspJudged& judged = reading.judged;
  if (!policy::is_answer(judged.verdict)) return reading;
  const OwnedManager manager = manager_of(issuer_);
  if (!manager) return none(OcspVerdict::Untrusted, "the issuer's certificate cannot be used");
  // wolfSSL knows no tolerance: within ours, it is shown a time at which the response is valid.
  std::int64_t then = std::max(now, judged.this_update);
  if (judged.next_update) then = std::min(then, *judged.next_update);
  const LibraryTime time(then);
  const std::unique_ptr<WOLFSSL_OCSP, FreeOcsp> ocsp(wc_NewOCSP(manager.get()));
  Decoded decoded(certificate_);
  if (!ocsp || decoded.parse(manager.get()) != 0) return none(OcspVerdict::Untrusted, "the certificate cannot be used");
  Bytes copy(response.begin(), response.end());  // wolfSSL takes it as its own to write to
  const int error =
      wc_CheckCertOcspResponse(ocsp.get(), decoded.get(), copy.data(), static_cast<int>(copy.size()), nullptr);
  // Two readers have to see the same in it.
  if (verdict_of(error) == judged.verdict) return reading;
  return none(OcspVerdict::Untrusted, verdict_of(error) ? "it can be read in two ways" : wolfssl_error_text(error));
}

}  // namespace saproxy::proxy
