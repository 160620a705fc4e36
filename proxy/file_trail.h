// FileTrail: the way from a path to a file, symlink by symlink, and how everything on it looks. Two trails of one path
// differ exactly when something else is read there now.
//
//   /etc/saproxy/pki/ae.psk ─▶ pki is a folder ─▶ ae.psk ─▶ ..data/ae.psk ─▶ ..2026_11_25/ae.psk
//                                        stamped:  link        link              file
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace saproxy::proxy {

// Of a file, a symlink or a folder, by stat; all zero when there is none. Of a folder only which one it is: what is in
// it is the business of who lists it. ctime sees what mtime does not: a changed mode, and copies that keep the times.
struct FileStamp {
  ::dev_t device = 0;
  ::ino_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

// A name that was looked up, and the folder in which: absolute and free of symlinks.
struct FileStep {
  std::string folder;
  std::string name;
};

struct FileTrail {
  std::vector<FileStep> steps;
  std::vector<FileStamp> stamps;  // of each symlink, then of what stands at the end
  std::string end;                // its path without symlinks; empty when there is nothing
  bool end_is_folder = false;
};

// `path` is absolute. Never fails: a trail that leads nowhere ends with an empty stamp.
[[nodiscard]] FileTrail follow_path(const std::string& path);

}  // namespace saproxy::proxy
