// Errors and warnings of one load, each with its place. Bounded: a file of a million bad lines gives kMaxReported
// errors and a count.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/config_document.h"
#include "policy/config_loader.h"

namespace saproxy::policy {

// Where something was written: which file (index into Diagnostics::files), where in it, and under which key.
struct Place {
  std::size_t file = 0;
  Position at;
  std::string key;
};
// The same, but for key and column.
[[nodiscard]] inline identity::ConfigOrigin origin_of(const Place& place) {
  return {static_cast<std::uint32_t>(place.file), place.at.line};
}
[[nodiscard]] inline Place place_of(const identity::ConfigOrigin& origin) {
  return {origin.file, {origin.line, 1}, {}};
}

class Diagnostics {
 public:
  static constexpr std::size_t kMaxReported = 200;

  [[nodiscard]] std::size_t add_file(std::string path);
  [[nodiscard]] const std::string& file(std::size_t index) const { return files_[index]; }
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
  [[nodiscard]] std::string line_of(const Place& place) const;  // "psk.toml:12"
  [[nodiscard]] std::string line_of(const identity::ConfigOrigin& origin) const { return line_of(place_of(origin)); }

  void error(const Place& place, std::string reason, std::string mend);
  void warning(const Place& place, std::string reason, std::string mend);
  // True when further errors are only counted, so that nobody need word them.
  [[nodiscard]] bool is_full() const { return error_count_ >= kMaxReported; }

  // In the order of the files and of the lines in them.
  [[nodiscard]] std::vector<ConfigError> take_errors() { return take(errors_, error_count_); }
  [[nodiscard]] std::vector<ConfigError> take_warnings() { return take(warnings_, warning_count_); }

 private:
  struct Entry {
    Place place;
    std::string reason;
    std::string mend;
  };
  [[nodiscard]] std::vector<ConfigError> take(std::vector<Entry>& entries, std::size_t count);

  std::vector<std::string> files_;
  std::vector<Entry> errors_;
  std::vector<Entry> warnings_;
  std::size_t error_count_ = 0;
  std::size_t warning_count_ = 0;
};

}  // namespace saproxy::policy
