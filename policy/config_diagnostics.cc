#include "policy/config_diagnostics.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "identity/printable.h"

namespace saproxy::policy {

namespace {
constexpr std::size_t kLongestLine = 2000;
}

std::string ConfigError::text() const {
  std::string result = file;
  if (line != 0) result += ":" + std::to_string(line) + ":" + std::to_string(column);
  result += ": ";
  if (!key.empty()) result += key + ": ";
  result += reason;
  if (!mend.empty()) result += "; " + mend;
  return identity::printable(result, kLongestLine);
}

std::size_t Diagnostics::add_file(std::string path) {
  files_.push_back(std::move(path));
  return files_.size() - 1;
}

std::string Diagnostics::line_of(const Place& place) const {
  return file(place.file) + ":" + std::to_string(place.at.line);
}

void Diagnostics::error(const Place& place, std::string reason, std::string mend) {
  if (++error_count_ <= kMaxReported) errors_.push_back({place, std::move(reason), std::move(mend)});
}

void Diagnostics::warning(const Place& place, std::string reason, std::string mend) {
  if (++warning_count_ <= kMaxReported) warnings_.push_back({place, std::move(reason), std::move(mend)});
}

std::vector<ConfigError> Diagnostics::take(std::vector<Entry>& entries, std::size_t count) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.place.file, a.place.at) < std::tie(b.place.file, b.place.at);
  });
  std::vector<ConfigError> result;
  result.reserve(entries.size() + 1);
  for (Entry& entry : entries) {
    result.push_back({file(entry.place.file), entry.place.at.line, entry.place.at.column, std::move(entry.place.key),
                      std::move(entry.reason), std::move(entry.mend)});
  }
  if (count > entries.size()) {
    result.push_back({file(0), 0, 0, "", std::to_string(count - entries.size()) + " more of them are not listed",
                      "mend these first"});
  }
  entries.clear();
  return result;
}

}  // namespace saproxy::policy
