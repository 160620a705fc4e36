#include "proxy/binding/http/head_lines.h"

#include <algorithm>
#include <array>

#include "proxy/binding/http/syntax.h"

namespace saproxy::proxy::http {
namespace {

// True for bytes that end a run: all controls but the tab.
constexpr std::array<bool, 256> kControl = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = c != '\t';
  table[0x7f] = true;
  return table;
}();

// Fields whose second occurrence two servers could resolve differently. Every X-M2M-* is one, too.
constexpr std::array<std::string_view, 7> kSingletons = {
    "Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Expect", "Authorization", "Content-Encoding"};

bool is_singleton(std::string_view name) {
  return starts_with_fold(name, "X-M2M-") ||
         std::any_of(kSingletons.begin(), kSingletons.end(), [&](std::string_view s) { return equals_fold(s, name); });
}

}  // namespace

void HeadLines::start() {
  fields_.clear();
  line_start_ = first_line_size_ = 0;
  lines_ = leading_lines_ = 0;
  after_cr_ = false;
  error_ = ParseError::None;
}

HeadLines::Progress HeadLines::fail(ParseError error) {
  error_ = error;
  return Progress::Failed;
}

HeadLines::Progress HeadLines::take(std::span<const std::uint8_t> bytes, std::string& storage, std::size_t& consumed) {
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const end = at + bytes.size();
  for (; at != end;) {
    const std::size_t room = limits_.max_head_bytes - std::min<std::size_t>(storage.size(), limits_.max_head_bytes);
    const std::uint8_t* const stop = at + std::min<std::size_t>(room, static_cast<std::size_t>(end - at));
    if (at == stop) return fail(ParseError::HeadTooLarge);
    if (after_cr_) {
      if (*at != '\n') return fail(ParseError::BareControl);
      after_cr_ = false;
      storage.push_back('\n');
      consumed = static_cast<std::size_t>(++at - bytes.data());
      if (const Progress progress = end_line(storage); progress != Progress::NeedMore) return progress;
      if (lines_ == 0) storage.clear();  // an empty line before the first one
      continue;
    }
    const std::uint8_t* const run = at;
    while (at != stop && !kControl[*at]) ++at;
    storage.append(reinterpret_cast<const char*>(run), static_cast<std::size_t>(at - run));
    if (at == stop) continue;
    if (*at == '\n') return fail(ParseError::BareControl);
    if (*at != '\r') return fail(lines_ == 0 ? rules_.bad_first_line : ParseError::BadHeaderValue);
    after_cr_ = true;
    storage.push_back('\r');
    ++at;
  }
  consumed = bytes.size();
  return Progress::NeedMore;
}

HeadLines::Progress HeadLines::end_line(const std::string& storage) {
  const std::string_view line = std::string_view(storage).substr(line_start_, storage.size() - line_start_ - 2);
  if (lines_ == 0 && line.empty()) {
    return ++leading_lines_ > rules_.max_leading_lines ? fail(rules_.bad_first_line) : Progress::NeedMore;
  }
  if (lines_ > 0 && line.empty()) return Progress::Complete;
  const ParseError error = lines_ == 0 ? rules_.check_first_line(line) : add_field(line, storage);
  if (error != ParseError::None) return fail(error);
  if (lines_ == 0) first_line_size_ = line.size();
  ++lines_;
  line_start_ = storage.size();
  return Progress::NeedMore;
}

ParseError HeadLines::add_field(std::string_view line, const std::string& storage) {
  if (line.front() == ' ' || line.front() == '\t') return ParseError::ObsoleteFold;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return ParseError::BadHeaderName;
  const std::string_view name = line.substr(0, colon);
  const auto is_name_char = [&](char c) { return rules_.name_chars[static_cast<unsigned char>(c)]; };
  if (!std::all_of(name.begin(), name.end(), is_name_char)) return ParseError::BadHeaderName;
  if (fields_.size() >= limits_.max_headers) return ParseError::TooManyHeaders;
  if (is_forbidden_repeat(name, storage)) return ParseError::DuplicateHeader;
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  const auto offset = [&](std::string_view part) { return static_cast<std::uint32_t>(part.data() - storage.data()); };
  fields_.push_back(
      {offset(name), static_cast<std::uint32_t>(name.size()), offset(value), static_cast<std::uint32_t>(value.size())});
  return ParseError::None;
}

bool HeadLines::is_forbidden_repeat(std::string_view name, const std::string& storage) const {
  if (!is_singleton(name)) return false;
  return std::any_of(fields_.begin(), fields_.end(), [&](const FieldAt& f) {
    return f.name_size == name.size() && equals_fold(std::string_view(storage).substr(f.name, f.name_size), name);
  });
}

std::string_view HeadLines::first_line(const std::string& storage) const {
  return std::string_view(storage).substr(0, first_line_size_);
}

void HeadLines::fill(const std::string& storage, std::vector<Field>& fields) const {
  const std::string_view text = storage;
  fields.clear();
  for (const FieldAt& f : fields_)
    fields.push_back({text.substr(f.name, f.name_size), text.substr(f.value, f.value_size)});
}

}  // namespace saproxy::proxy::http
