// Judging what OCSP says of a certificate: whether the answer is the one that was asked for, whether it is recent
// enough, how long it may be relied on, and whether the registree is let in.
// Spec: RFC 6960 3.2, 4.2.2.1; RFC 5019 4
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "identity/ocsp_response.h"
#include "policy/config.h"

namespace saproxy::policy {

// What came of one question: a closed set, label of a metric and field of the log.
enum class OcspVerdict : std::uint8_t {
  Good,
  Revoked,
  Unknown,           // the responder, properly signed: it knows no such certificate
  NoResponder,       // neither the certificate nor the configuration names one that can be asked
  NotAllowed,        // the certificate names a responder that the configuration does not allow, or one on this machine
  Unreachable,       // no connection, no name, no HTTP
  Timeout,           // no answer in time
  HttpError,         // another status than 200, or another content type
  Refused,           // the responder cannot or may not answer (RFC 6960 2.3)
  Malformed,         // no OCSP response, or one too large
  OtherCertificate,  // an answer to another question: other serial, other issuer, other nonce
  Untrusted,         // not signed by the issuer or by somebody whom it has authorised
  NotYetValid,       // thisUpdate lies in the future
  Outdated,          // nextUpdate lies in the past
  Busy,              // more wait than may wait
};
inline constexpr std::size_t kOcspVerdictCount = static_cast<std::size_t>(OcspVerdict::Busy) + 1;
[[nodiscard]] std::string_view to_text(OcspVerdict verdict);  // "not_yet_valid"

// Good, Revoked or Unknown: a responder has answered, and the answer counts.
[[nodiscard]] bool is_answer(OcspVerdict verdict);
// May the certificate be used? Revoked and Unknown never; soft mode forgives that there is no answer.
[[nodiscard]] bool accepts(OcspSettings::Mode mode, OcspVerdict verdict);

// How far clocks may differ, and how old a Good may be that says nothing of when the next one comes
// (RFC 5019 4: it could be shown for ever).
struct OcspTolerance {
  Seconds skew{};
  Seconds max_age{};
};

// The single response for `id` in a successful response, and what it says at `now` (Unix seconds); the signature is not
// looked at. Outdated, NotYetValid and OtherCertificate come before what the status is.
struct OcspJudged {
  OcspVerdict verdict = OcspVerdict::OtherCertificate;
  std::int64_t this_update = 0;
  std::optional<std::int64_t> next_update;
};
[[nodiscard]] OcspJudged judge_ocsp(const identity::OcspResponse& response, const identity::OcspCertificateId& id,
                                    std::int64_t now, const OcspTolerance& tolerance);

// How long a verdict serves from `now` on: an answer until its nextUpdate, within min_age and max_age; an Unknown for
// min_age; that there was none for retry_after.
[[nodiscard]] Milliseconds ocsp_lifetime(const OcspJudged& judged, std::int64_t now, const OcspSettings& settings);

}  // namespace saproxy::policy
