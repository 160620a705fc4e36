#include "proxy/egress/far_end_state.h"

namespace saproxy::proxy {

std::string_view to_text(FarEndState::Phase phase) {
  switch (phase) {
    case FarEndState::Phase::None: return "none";
    case FarEndState::Phase::Connecting: return "connecting";
    case FarEndState::Phase::Established: return "established";
  }
  return "none";
}

}  // namespace saproxy::proxy
