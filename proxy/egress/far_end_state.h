// FarEndState: how things stand with one far end of the egress, as a value for operators. No token is ever in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace saproxy::proxy {

struct FarEndState {
  enum class Phase : std::uint8_t { None, Connecting, Established };
  std::string name;  // entity
  Phase phase = Phase::None;
  std::int64_t since = 0;       // Unix seconds; Connecting, Established
  std::string association;      // Established: its id in the log
  std::string registered_over;  // id of the association that registered it; empty: it was before the last start
  std::string version, suite;   // Established: of TLS; empty: in the clear
  std::string point_of_access;  // "ae.example.com:8443": in use, or being tried
  std::uint64_t requests = 0;   // Established: sent over it
  std::size_t waiting = 0;      // requests
  std::string last_failure;     // empty: none
  std::int64_t last_failure_at = 0;
};

[[nodiscard]] std::string_view to_text(FarEndState::Phase phase);  // "established"

}  // namespace saproxy::proxy
