// Typed reading of one TOML table: every wrong type, bad value and unknown key becomes an error with its place, and
// reading goes on.
//
//   TableReader cse(node, "cse", state);
//   cse.duration("connect_timeout", settings.connect_timeout, 1ms, 1min);   // left alone when absent or wrong
//   cse.finish();                                                           // what nobody asked for is unknown
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/config_diagnostics.h"
#include "policy/config_document.h"
#include "policy/config_units.h"

namespace saproxy::policy {

// A string with the place it was written at.
struct PlacedText {
  std::string value;
  Place place;
};

class TableReader {
 public:
  template <class T>
  using Words = std::span<const std::pair<std::string_view, T>>;

  // `known_keys` collects the name of every key that is asked for ("listener[].limits.max_body"); may be null.
  // `path` is the name of the table, empty for the root. The table outlives the reader.
  TableReader(const TomlNode& table, std::string path, std::size_t file, Diagnostics& diagnostics,
              std::set<std::string>* known_keys);

  [[nodiscard]] bool has(std::string_view key);
  [[nodiscard]] Place place_of(std::string_view key) const;  // of its value, or of the table when absent
  [[nodiscard]] Place place() const { return {file_, table_.at, path_}; }
  [[nodiscard]] Diagnostics& diagnostics() { return diagnostics_; }
  // At the value of `key`; at the table when the key is absent or empty.
  void error(std::string_view key, std::string reason, std::string mend);
  void warning(std::string_view key, std::string reason, std::string mend);

  void boolean(std::string_view key, bool& into);
  template <class T>
  void count(std::string_view key, T& into, std::uint64_t least, std::uint64_t most) {
    if (const auto value = integer(key, least, most)) into = static_cast<T>(*value);
  }
  template <class T>
  void size(std::string_view key, T& into, std::uint64_t least, std::uint64_t most) {
    if (const auto value = bytes(key, least, most)) into = static_cast<T>(*value);
  }
  template <class Duration>
  void duration(std::string_view key, Duration& into, std::chrono::milliseconds least, std::chrono::milliseconds most) {
    if (const auto value = milliseconds(key, least, most)) into = std::chrono::duration_cast<Duration>(*value);
  }
  [[nodiscard]] std::optional<PlacedText> text(std::string_view key);
  [[nodiscard]] std::optional<PlacedText> required_text(std::string_view key, std::string mend);
  [[nodiscard]] std::vector<PlacedText> texts(std::string_view key);  // an array of strings
  // An array of integers, each within the bounds.
  [[nodiscard]] std::vector<std::uint64_t> counts(std::string_view key, std::uint64_t least, std::uint64_t most);
  // One of `words`, or each of an array of them; a wrong word is an error that lists them.
  template <class T>
  std::optional<T> choice(std::string_view key, Words<T> words) {
    const auto written = text(key);
    return written ? word(*written, words) : std::nullopt;
  }
  template <class T>
  std::vector<T> choices(std::string_view key, Words<T> words) {
    std::vector<T> chosen;
    for (const PlacedText& written : texts(key)) {
      if (const auto value = word(written, words)) chosen.push_back(*value);
    }
    return chosen;
  }
  // Calls `read` for a table under `key` ([key]), or for each of an array of tables ([[key]]), then asks it for unknown
  // keys. With known_keys, an absent table is read as an empty one so that its keys are collected as well.
  void table(std::string_view key, const std::function<void(TableReader&)>& read);
  void tables(std::string_view key, const std::function<void(TableReader&)>& read);

  // An error for every key that nobody asked for.
  void finish();

 private:
  [[nodiscard]] const TomlEntry* find(std::string_view key);
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, std::uint64_t least, std::uint64_t most);
  [[nodiscard]] std::optional<std::uint64_t> bytes(std::string_view key, std::uint64_t least, std::uint64_t most);
  [[nodiscard]] std::optional<std::chrono::milliseconds> milliseconds(std::string_view key,
                                                                      std::chrono::milliseconds least,
                                                                      std::chrono::milliseconds most);
  void wrong_type(const TomlEntry& entry, std::string_view wanted, std::string mend);
  void read_child(const TomlNode& node, std::string path, const std::function<void(TableReader&)>& read);
  void wrong_word(const PlacedText& written, std::span<const std::string_view> known);

  template <class T>
  std::optional<T> word(const PlacedText& written, Words<T> words) {
    std::vector<std::string_view> known;
    for (const auto& [name, value] : words) {
      if (name == written.value) return value;
      known.push_back(name);
    }
    wrong_word(written, known);
    return std::nullopt;
  }

  const TomlNode& table_;
  std::string path_;
  std::size_t file_;
  Diagnostics& diagnostics_;
  std::set<std::string>* known_keys_;
  std::vector<std::string_view> asked_;
};

}  // namespace saproxy::policy
