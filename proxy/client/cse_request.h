// Requests of saproxy itself, as HTTP: short heads without content.
// Spec: TS-0009 6.2.2.1 (To), 6.2.2.2 (criteria)
#pragma once

#include <string>
#include <string_view>

#include "policy/config.h"
#include "policy/cse_question.h"

namespace saproxy::proxy {

struct CseRequestLines {
  std::string host;        // Host
  std::string originator;  // X-M2M-Origin, of questions that name none
  std::string release;     // X-M2M-RVI
};

// Of requests to the CSE itself; `originator` empty: its own CSE-ID.
[[nodiscard]] CseRequestLines cse_request_lines(const policy::CseSettings& cse, const std::string& originator);
// The whole request; `method` is "GET" or "DELETE", `id` its X-M2M-RI. The address is a plain one
// (policy::is_plain_address).
[[nodiscard]] std::string cse_request(std::string_view method, const policy::CseQuestion& question,
                                      const CseRequestLines& lines, std::string_view id);

}  // namespace saproxy::proxy
