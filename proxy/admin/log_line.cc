#include "proxy/admin/log_line.h"

#include <fmt/format.h>

#include <ctime>
#include <iterator>
#include <utility>

#include "identity/printable.h"
#include "proxy/admin/json_text.h"

namespace saproxy::proxy {
namespace {

using Format = policy::LogSettings::Format;

// RFC 3339, UTC.
void append_time(std::string& text, std::int64_t unix_milliseconds) {
  const std::time_t seconds = unix_milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  fmt::format_to(std::back_inserter(text), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, unix_milliseconds % 1000);
}

// Bare if it can be read back as one word, else in quotes, with \x22 for a quote inside.
void append_word(std::string& text, std::string_view shown) {
  if (shown.find_first_of(" \"=") == std::string_view::npos) {
    text += shown;
    return;
  }
  text += '"';
  for (const char c : shown) {
    if (c == '"') {
      text += "\\x22";
    } else {
      text += c;
    }
  }
  text += '"';
}

}  // namespace

std::string_view to_text(policy::LogSettings::Level level) {
  switch (level) {
    case policy::LogSettings::Level::Debug: return "debug";
    case policy::LogSettings::Level::Info: return "info";
    case policy::LogSettings::Level::Warning: return "warning";
    case policy::LogSettings::Level::Error: return "error";
  }
  return "error";
}

LogLine::LogLine(Format format, std::int64_t unix_milliseconds, policy::LogSettings::Level level,
                 std::string_view event)
    : format_(format) {
  text_.reserve(512);
  if (format_ == Format::Json) {
    text_ += "{\"ts\":\"";
    append_time(text_, unix_milliseconds);
    fmt::format_to(std::back_inserter(text_), "\",\"level\":\"{}\",\"event\":\"{}\"", to_text(level), event);
  } else {
    append_time(text_, unix_milliseconds);
    fmt::format_to(std::back_inserter(text_), " {} {}", to_text(level), event);
  }
}

void LogLine::key(std::string_view name) {
  if (format_ == Format::Json) {
    fmt::format_to(std::back_inserter(text_), ",\"{}\":", name);
  } else {
    fmt::format_to(std::back_inserter(text_), " {}=", name);
  }
}

LogLine& LogLine::add(std::string_view name, std::string_view value, std::size_t limit) {
  if (value.empty()) return *this;
  const std::string shown = identity::printable(value, limit);
  key(name);
  if (format_ == Format::Json) {
    append_json_text(text_, shown);
  } else {
    append_word(text_, shown);
  }
  return *this;
}

LogLine& LogLine::add(std::string_view name, std::uint64_t value) {
  key(name);
  fmt::format_to(std::back_inserter(text_), "{}", value);
  return *this;
}

LogLine& LogLine::add_seconds(std::string_view name, double value) {
  key(name);
  fmt::format_to(std::back_inserter(text_), "{:.3f}", value);
  return *this;
}

std::string LogLine::finish() {
  if (format_ == Format::Json) text_ += '}';
  return std::move(text_);
}

}  // namespace saproxy::proxy
