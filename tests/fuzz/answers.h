// A CSE that answers as a liar: its answers one after the other in one input, each a byte that chooses the response
// status code and whether there is more to come, then the content up to the next 0xFF, which is in no JSON.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "policy/cse_question.h"

namespace saproxy::fuzz {

// Takes it from the front of `rest`, which is not empty; its content is a part of that.
inline policy::CseAnswer take_answer(std::string_view& rest, const std::array<std::uint16_t, 8>& codes) {
  const auto choice = static_cast<std::uint8_t>(rest.front());
  rest.remove_prefix(1);
  const std::size_t end = std::min(rest.find('\xff'), rest.size());
  policy::CseAnswer answer{codes[choice & 7U], (choice & 8U) != 0, std::nullopt, rest.substr(0, end)};
  if ((choice & 16U) != 0) answer.offset = choice >> 5U;
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return answer;
}

}  // namespace saproxy::fuzz
