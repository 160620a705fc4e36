// TopResource: what a content is about, by its first name alone, so that what is no <subscription> goes on as a stream.
// Spec: TS-0004 8.3 to 8.5 (one root, named by its type)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/primitive.h"

namespace saproxy::policy {

enum class TopResource : std::uint8_t {
  Other,         // certainly no <subscription>
  Subscription,  // one, in whatever letter case; or nothing that can be told so simply
  Undecided,     // more bytes are needed
};

// `beginning`: the first bytes of the content, of which kLongestBeginning are looked at. Never Undecided for
// kLongestBeginning bytes and more.
[[nodiscard]] TopResource top_resource_of(Serialisation serialisation, std::string_view beginning);

inline constexpr std::size_t kLongestBeginning = 1024;

// A JSON content that goes by, and whose first name says that it is no <subscription>: one may come behind it all the
// same, and some CSE might read that one. Knows strings, brackets and commas; everything else is the CSE's business.
class JsonRoot {
 public:
  // False: there is more than one member, or something behind the content. Stays so.
  [[nodiscard]] bool feed(std::string_view bytes);

 private:
  std::uint32_t depth_ = 0;
  bool in_text_ = false, escaped_ = false, over_ = false, several_ = false;
};

inline constexpr std::uint32_t kTypeSubscription = 23;  // TS-0004 6.3.4.2.1

}  // namespace saproxy::policy
