// ConfigSources: everything that one load of the configuration looked at, and how it looked just before it was read.
// A load that failed has looked at less; a change of just that is what can mend it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "policy/config_loader.h"
#include "proxy/file_trail.h"

namespace saproxy::proxy {

class ConfigSources {
 public:
  // Which changes in a folder matter: of these names, or of any.
  struct Names {
    std::set<std::string, std::less<>> names;
    bool any = false;
  };

  // policy::load_config from the disk, remembered.
  [[nodiscard]] policy::LoadResult load(const std::string& path, std::int64_t now);
  // What load() reads by. Valid while this object stays where it is.
  [[nodiscard]] policy::ReadFile reader();
  [[nodiscard]] policy::ListFiles lister();

  // Would a load read something else now?
  [[nodiscard]] bool have_changed() const;
  // The folders in which such a change shows, as they are now: of every file, of every symlink and folder on the way,
  // and those that a pattern looks into. By path without symlinks.
  [[nodiscard]] std::map<std::string, Names> folders() const;

 private:
  std::map<std::string, std::vector<FileStamp>> files_;
  std::map<std::string, std::vector<std::string>> patterns_;  // with what they matched
};

}  // namespace saproxy::proxy
