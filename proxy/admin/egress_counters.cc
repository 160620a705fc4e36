#include "proxy/admin/egress_counters.h"

namespace saproxy::proxy {

std::string_view to_text(CallResult result) {
  switch (result) {
    case CallResult::Answered: return "answered";
    case CallResult::NoRoute: return "no_route";
    case CallResult::NotReached: return "not_reached";
    case CallResult::NotProven: return "not_proven";
    case CallResult::NoAnswer: return "no_answer";
    case CallResult::Timeout: return "timeout";
    case CallResult::BadAnswer: return "bad_answer";
    case CallResult::TooLate: return "too_late";
    case CallResult::Overloaded: return "overloaded";
    case CallResult::Malformed: return "malformed";
  }
  return "unknown";
}

}  // namespace saproxy::proxy
