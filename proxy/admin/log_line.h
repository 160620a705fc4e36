// LogLine: one line of the log as text, JSON or key=value. Every value passes printable(), so a line is a line whatever
// a peer sent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/config.h"

namespace saproxy::proxy {

[[nodiscard]] std::string_view to_text(policy::LogSettings::Level level);  // "warning"

class LogLine {
 public:
  LogLine(policy::LogSettings::Format format, std::int64_t unix_milliseconds, policy::LogSettings::Level level,
          std::string_view event);

  // An empty value is left out.
  LogLine& add(std::string_view key, std::string_view value, std::size_t limit = kValueLimit);
  LogLine& add(std::string_view key, std::uint64_t value);
  LogLine& add_seconds(std::string_view key, double value);
  [[nodiscard]] std::string finish();  // once; nothing is added afterwards

  static constexpr std::size_t kValueLimit = 200;

 private:
  void key(std::string_view name);
  policy::LogSettings::Format format_;
  std::string text_;
};

}  // namespace saproxy::proxy
