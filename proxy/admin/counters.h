// What a worker counts. One writer, relaxed atomics, no look-up on the data path; admin/metrics sums over workers at
// scrape.
#pragma once

#include <array>
#include <cstdint>

#include "identity/credential.h"
#include "policy/primitive.h"
#include "policy/reason.h"
#include "proxy/binding/http/parser.h"
#include "proxy/binding/http/to_primitive.h"
#include "proxy/loop/counter.h"
#include "proxy/registration/registration_counters.h"
#include "proxy/session/handshake_failure.h"
#include "proxy/upstream/pool.h"

namespace saproxy::proxy {

inline constexpr std::size_t kSaefCount = 3;
inline constexpr std::size_t kOperationCount = 5;
inline constexpr std::size_t kParseErrorCount = static_cast<std::size_t>(http::ParseError::Other) + 1;
inline constexpr std::size_t kMappingErrorCount = static_cast<std::size_t>(http::MappingError::ContentNotAllowed) + 1;

// Response status codes that have a counter of their own; a label must not grow with what a CSE invents.
inline constexpr std::array<std::uint16_t, 28> kCountedCodes{1000, 1001, 1002, 2000, 2001, 2002, 2004, 4000, 4001, 4004,
                                                             4005, 4008, 4015, 4102, 4103, 4105, 4106, 4107, 4117, 4126,
                                                             4128, 5000, 5001, 5103, 5105, 5106, 5107, 5207};
[[nodiscard]] std::size_t counted_code(std::uint16_t response_code);  // index into answers[operation]

// Why an association ended.
enum class EndReason : std::uint8_t { PeerClosed, Idle, Lifetime, Timeout, BadRequest, Rejudged, Drained, Broken };
inline constexpr std::size_t kEndReasonCount = static_cast<std::size_t>(EndReason::Broken) + 1;
[[nodiscard]] std::string_view to_text(EndReason reason);

struct WorkerCounters {
  Counter connections_accepted, connections_refused;
  Counter connections_open, handshakes_pending, associations_open;
  std::array<Counter, kSaefCount> handshakes_ok;                  // by SAEF
  std::array<Counter, kHandshakeFailureCount> handshakes_failed;  // by reason
  DurationHistogram handshake_duration;
  std::array<std::array<Counter, kCountedCodes.size() + 1>, kOperationCount>
      answers;  // operation x response status code (last: other)
  std::array<Counter, policy::kReasonCount> refused;
  std::array<Counter, kParseErrorCount> malformed;
  std::array<Counter, kMappingErrorCount> unmappable;
  Counter oversized;  // requests larger than the CSE takes
  Counter crowded;    // requests that found no room to be collected in
  DurationHistogram request_duration;
  Counter bytes_received, bytes_sent;  // ciphertext, registree side
  std::array<Counter, kEndReasonCount> ended;
  Counter rejudged, narrowed;
  Counter ocsp_waiting;    // associations that wait for a first verdict
  Counter ocsp_known;      // verdicts that were known already
  Counter ocsp_unchecked;  // accepted without an answer
  Counter ocsp_ended;      // live associations that a verdict has ended
  UpstreamCounters upstream;
  RegistrationCounters registrations;
};

}  // namespace saproxy::proxy
