// What the origin answers, known to both sides, so that the load can compare every byte.
#pragma once

#include <cstddef>
#include <string>

namespace saproxy::bench {

inline constexpr std::size_t kAnswerBytes = 260;
// A GET of ".../bulk-<bytes>" is answered with that many bytes instead.
inline constexpr const char* kBulkMark = "/bulk-";

// After the answer to a target that ends so the origin closes.
inline constexpr const char* kOnceMark = "/once";

// A contentInstance in JSON, `bytes` long.
inline std::string answer_body(std::size_t bytes) {
  const std::string head =
      R"({"m2m:cin":{"rn":"4-20260101000000001","ty":4,"ri":"4-20260101000000001","pi":"3-20260101000000000","ct":"20260101T000000",)"
      R"("lt":"20260101T000000","et":"20280101T000000","st":1,"cs":16,"cnf":"text/plain:0","con":")";
  const std::string tail = "\"}}";
  const std::size_t fixed = head.size() + tail.size();
  std::string text = head;
  for (std::size_t i = fixed; i < bytes; ++i) text += static_cast<char>('a' + i % 26);
  return (text + tail).substr(0, bytes);
}

}  // namespace saproxy::bench
