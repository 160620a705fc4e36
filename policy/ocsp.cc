#include "policy/ocsp.h"

#include <algorithm>

namespace saproxy::policy {

using identity::OcspSingleResponse;

std::string_view to_text(OcspVerdict verdict) {
  switch (verdict) {
    case OcspVerdict::Good: return "good";
    case OcspVerdict::Revoked: return "revoked";
    case OcspVerdict::Unknown: return "unknown";
    case OcspVerdict::NoResponder: return "no_responder";
    case OcspVerdict::NotAllowed: return "not_allowed";
    case OcspVerdict::Unreachable: return "unreachable";
    case OcspVerdict::Timeout: return "timeout";
    case OcspVerdict::HttpError: return "http_error";
    case OcspVerdict::Refused: return "refused";
    case OcspVerdict::Malformed: return "malformed";
    case OcspVerdict::OtherCertificate: return "other_certificate";
    case OcspVerdict::Untrusted: return "untrusted";
    case OcspVerdict::NotYetValid: return "not_yet_valid";
    case OcspVerdict::Outdated: return "outdated";
    case OcspVerdict::Busy: return "busy";
  }
  return "";
}

bool is_answer(OcspVerdict verdict) {
  return verdict == OcspVerdict::Good || verdict == OcspVerdict::Revoked || verdict == OcspVerdict::Unknown;
}

bool accepts(OcspSettings::Mode mode, OcspVerdict verdict) {
  if (mode == OcspSettings::Mode::Off || verdict == OcspVerdict::Good) return true;
  return mode == OcspSettings::Mode::Soft && !is_answer(verdict);
}

OcspJudged judge_ocsp(const identity::OcspResponse& response, const identity::OcspCertificateId& id, std::int64_t now,
                      const OcspTolerance& tolerance) {
  const std::int64_t skew = tolerance.skew.count();
  const auto same = [&id](const OcspSingleResponse& single) { return single.id == id; };
  const auto found = std::ranges::find_if(response.singles, same);
  // Twice the same question answered: nobody could say which of them counts.
  if (found == response.singles.end() || std::ranges::count_if(response.singles, same) != 1) return {};
  OcspJudged judged{OcspVerdict::Unknown, found->this_update, found->next_update};
  const bool backwards = found->next_update && *found->next_update < found->this_update;
  if (found->this_update > now + skew || response.produced_at > now + skew) {
    judged.verdict = OcspVerdict::NotYetValid;
  } else if (backwards || (found->next_update && *found->next_update < now - skew)) {
    judged.verdict = OcspVerdict::Outdated;
  } else if (found->status == OcspSingleResponse::Status::Revoked) {
    judged.verdict = OcspVerdict::Revoked;
  } else if (found->status == OcspSingleResponse::Status::Good) {
    const bool old = !found->next_update && found->this_update < now - tolerance.max_age.count() - skew;
    judged.verdict = old ? OcspVerdict::Outdated : OcspVerdict::Good;
  }
  return judged;
}

Milliseconds ocsp_lifetime(const OcspJudged& judged, std::int64_t now, const OcspSettings& settings) {
  if (!is_answer(judged.verdict)) return settings.retry_after;
  if (judged.verdict == OcspVerdict::Unknown || !judged.next_update) return settings.min_age;
  const std::int64_t left = std::clamp<std::int64_t>(*judged.next_update - now, 0, 10 * 365 * 86400);
  return std::clamp(std::chrono::duration_cast<Milliseconds>(Seconds(left)), settings.min_age, settings.max_age);
}

}  // namespace saproxy::policy
