#include "proxy/config_sources.h"

#include <filesystem>
#include <system_error>

#include "proxy/files.h"

namespace saproxy::proxy {
namespace {

using Folders = std::map<std::string, ConfigSources::Names>;

std::string absolute(const std::string& path) {
  std::error_code failed;
  const auto whole = std::filesystem::absolute(path.empty() ? "." : path, failed);
  return failed ? path : whole.string();
}

void add_steps(const FileTrail& trail, Folders& folders) {
  for (const FileStep& step : trail.steps) folders[step.folder].names.insert(step.name);
}

void add_listed_folder(const std::string& folder, Folders& folders) {
  const FileTrail trail = follow_path(absolute(folder));
  add_steps(trail, folders);
  if (trail.end_is_folder) folders[trail.end].any = true;
}

// A pattern may have wildcards in its folders, too: "sites/*/psk.d/*".
void add_pattern(const std::string& pattern, Folders& folders) {
  const std::string folder = std::filesystem::path(pattern).parent_path().string();
  if (!policy::is_pattern(folder)) return add_listed_folder(folder, folders);
  add_pattern(folder, folders);
  if (const auto matches = disk_lister()(folder))
    for (const std::string& match : *matches) add_listed_folder(match, folders);
}

std::vector<std::string> listed(const std::string& pattern) {
  return disk_lister()(pattern).value_or(std::vector<std::string>{});
}

}  // namespace

policy::LoadResult ConfigSources::load(const std::string& path, std::int64_t now) {
  return policy::load_config(path, reader(), lister(), now);
}

policy::ReadFile ConfigSources::reader() {
  return [this, read = disk_reader()](const std::string& path, std::size_t most) {
    // The first look counts when a file is read twice: the other one may have seen it changed already.
    if (!files_.contains(path)) files_.emplace(path, follow_path(absolute(path)).stamps);
    return read(path, most);
  };
}

policy::ListFiles ConfigSources::lister() {
  return [this, list = disk_lister()](const std::string& pattern) {
    auto matches = list(pattern);
    patterns_.insert_or_assign(pattern, matches.value_or(std::vector<std::string>{}));
    return matches;
  };
}

bool ConfigSources::have_changed() const {
  for (const auto& [path, stamps] : files_)
    if (follow_path(absolute(path)).stamps != stamps) return true;
  for (const auto& [pattern, matches] : patterns_)
    if (listed(pattern) != matches) return true;
  return false;
}

std::map<std::string, ConfigSources::Names> ConfigSources::folders() const {
  Folders folders;
  for (const auto& [path, stamps] : files_) add_steps(follow_path(absolute(path)), folders);
  for (const auto& [pattern, matches] : patterns_) add_pattern(pattern, folders);
  return folders;
}

}  // namespace saproxy::proxy
