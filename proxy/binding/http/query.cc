#include "proxy/binding/http/query.h"

#include <algorithm>
#include <array>
#include <bitset>

#include "proxy/binding/http/syntax.h"
#include "proxy/binding/http/target.h"

namespace saproxy::proxy::http {
namespace {

struct Known {
  std::string_view name;
  bool is_filter;
  bool repeats;  // a list may be written as several pairs
};
constexpr bool kFilter = true;
constexpr bool kRepeats = true;
constexpr std::array<Known, 45> kKnown = {{
    {"rcn", !kFilter, !kRepeats}, {"rt", !kFilter, !kRepeats},  {"rp", !kFilter, !kRepeats},
    {"da", !kFilter, !kRepeats},  {"drt", !kFilter, !kRepeats}, {"atrl", !kFilter, kRepeats},
    {"sqi", !kFilter, !kRepeats}, {"tids", !kFilter, kRepeats}, {"rids", !kFilter, kRepeats},
    {"crb", kFilter, !kRepeats},  {"cra", kFilter, !kRepeats},  {"ms", kFilter, !kRepeats},
    {"us", kFilter, !kRepeats},   {"sts", kFilter, !kRepeats},  {"stb", kFilter, !kRepeats},
    {"exb", kFilter, !kRepeats},  {"exa", kFilter, !kRepeats},  {"lbl", kFilter, kRepeats},
    {"clbl", kFilter, kRepeats},  {"palb", kFilter, kRepeats},  {"lbq", kFilter, !kRepeats},
    {"ty", kFilter, kRepeats},    {"chty", kFilter, kRepeats},  {"pty", kFilter, kRepeats},
    {"sza", kFilter, !kRepeats},  {"szb", kFilter, !kRepeats},  {"cty", kFilter, kRepeats},
    {"atr", kFilter, kRepeats},   {"catr", kFilter, kRepeats},  {"patr", kFilter, kRepeats},
    {"fu", kFilter, !kRepeats},   {"lim", kFilter, !kRepeats},  {"smf", kFilter, kRepeats},
    {"fo", kFilter, !kRepeats},   {"cfs", kFilter, !kRepeats},  {"cfq", kFilter, !kRepeats},
    {"lvl", kFilter, !kRepeats},  {"ofst", kFilter, !kRepeats}, {"arp", kFilter, !kRepeats},
    {"gq", kFilter, !kRepeats},   {"ops", kFilter, !kRepeats},  {"gmty", kFilter, !kRepeats},
    {"gsf", kFilter, !kRepeats},  {"geom", kFilter, !kRepeats}, {"ltids", !kFilter, kRepeats},
}};
constexpr std::size_t kNone = kKnown.size();
constexpr std::size_t kLongestKey = 64;

// A key, decoded and in lower case: a CSE that ignores case must not see another parameter than we do.
struct Key {
  std::array<char, kLongestKey> text{};
  std::size_t size = 0;
  [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
};

bool read_key(std::string_view raw, Key& key) {
  while (!raw.empty()) {
    const auto c = static_cast<char>(take_char(raw).byte);
    if (!is_alphanumeric(c) && c != '_' && c != '-' && c != '.' && c != ':') return false;
    if (key.size == kLongestKey) return false;
    key.text[key.size++] = to_lower(c);
  }
  return key.size > 0;
}

std::size_t index_of(std::string_view key) {
  const auto found = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) { return known.name == key; });
  return static_cast<std::size_t>(found - kKnown.begin());
}

std::optional<std::uint32_t> read_number(std::string_view raw) {
  std::array<char, 9> digits{};
  std::size_t size = 0;
  while (!raw.empty()) {
    if (size == digits.size()) return std::nullopt;
    digits[size++] = static_cast<char>(take_char(raw).byte);
  }
  const auto number = parse_decimal({digits.data(), size});
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

}  // namespace

QueryReading read_query(std::string_view query) {
  using Result = QueryReading::Result;
  QueryReading reading;
  std::bitset<kKnown.size()> seen;
  const auto stop = [&](Result result) {
    reading.result = result;
    return reading;
  };
  for (std::string_view rest = query; !rest.empty();) {
    const std::string_view pair = take_item(rest, '&');
    const std::size_t equals = std::min(pair.find('='), pair.size());
    Key key;
    if (!read_key(pair.substr(0, equals), key)) return stop(Result::Malformed);
    const std::size_t index = index_of(key.view());
    reading.has_filter_criteria |= index == kNone || kKnown[index].is_filter;
    if (index == kNone) continue;
    if (seen[index] && !kKnown[index].repeats) return stop(Result::Duplicate);
    seen.set(index);
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    if (value.empty()) return stop(Result::Malformed);
    reading.has_resource_type |= key.view() == "ty";
    if (key.view() != "rcn") continue;
    reading.result_content = read_number(value);
    if (!reading.result_content) return stop(Result::Malformed);
  }
  if (query.ends_with('&')) return stop(Result::Malformed);
  return reading;
}

}  // namespace saproxy::proxy::http
