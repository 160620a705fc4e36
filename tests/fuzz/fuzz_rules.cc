// A source of application rules as a liar writes it: the bytes are the contents of its answers one after the other,
// each behind one byte that chooses its response status code and whether it is partial. A fetch ends, in a profile
// whose rules keep the bounds or in an error that says what was wrong; what it asks for is always a clean address.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "policy/resource_address.h"
#include "policy/rule_fetch.h"
#include "tests/fuzz/answers.h"
#include "tests/fuzz/require.h"

using saproxy::fuzz::require;
using namespace saproxy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::uint16_t, 8> kCodes{2000, 2000, 2000, 2000, 4004, 4103, 5000, 2000};
  constexpr std::uint32_t kMostRules = 20;
  const auto cse = identity::CseId::parse("/cse1");
  const auto sp = identity::SpId::parse("sp.example.com");
  policy::RuleFetch fetch(*cse, *sp, "-", kMostRules);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (fetch.question() != nullptr && !rest.empty()) {
    require(policy::is_resource_address(fetch.question()->to));
    const policy::CseAnswer answer = fuzz::take_answer(rest, kCodes);
    const auto taken = fetch.take(answer);
    if (taken) continue;
    require(!taken.error().detail.empty());
    return 0;
  }
  if (fetch.question() != nullptr) return 0;
  const policy::ServiceProfile profile = fetch.take_profile();
  require((profile.state == policy::ServiceProfile::State::Present) == (profile.rules != nullptr));
  if (!profile.rules) return 0;
  require(profile.rules->size() <= kMostRules);
  for (const identity::AppRule& rule : profile.rules->all()) {
    require(policy::is_resource_address(rule.origin));
    require(rule.credentials.size() <= policy::kMaxRuleElements &&
            rule.stems.patterns().size() <= policy::kMaxRuleElements);
  }
  return 0;
}
