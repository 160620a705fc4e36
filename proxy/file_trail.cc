#include "proxy/file_trail.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace saproxy::proxy {
namespace {

constexpr int kMostLinks = 40;  // as the kernel: path_resolution(7)

std::int64_t nanoseconds(const ::timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileStamp stamp_of(const struct ::stat& status) {
  if (S_ISDIR(status.st_mode)) return {status.st_dev, status.st_ino, 0, 0, 0};
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

// What is still to be looked up, the next name last.
class Names {
 public:
  void push(std::string_view path) {
    while (!path.empty()) {
      const std::size_t slash = path.rfind('/');
      const std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
      if (!name.empty() && name != ".") names_.emplace_back(name);
      path = slash == path.npos ? std::string_view() : path.substr(0, slash);
    }
  }
  [[nodiscard]] std::string pop() {
    std::string name = std::move(names_.back());
    names_.pop_back();
    return name;
  }
  [[nodiscard]] bool empty() const { return names_.empty(); }

 private:
  std::vector<std::string> names_;
};

std::string joined(const std::string& folder, const std::string& name) {
  return folder == "/" ? folder + name : folder + "/" + name;
}

std::string parent(const std::string& folder) {
  const std::size_t slash = folder.rfind('/');
  return slash == 0 ? "/" : folder.substr(0, slash);
}

std::string target_of(const std::string& link) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  return length < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

}  // namespace

FileTrail follow_path(const std::string& path) {
  FileTrail trail;
  Names left;
  left.push(path);
  std::string here = "/";
  struct ::stat status {};
  for (int links = 0; !left.empty();) {
    std::string name = left.pop();
    if (name == "..") {
      here = parent(here);
      continue;
    }
    std::string at = joined(here, name);
    trail.steps.push_back({here, std::move(name)});
    if (::lstat(at.c_str(), &status) != 0 || (S_ISLNK(status.st_mode) && ++links > kMostLinks)) {
      trail.stamps.emplace_back();
      return trail;
    }
    if (S_ISLNK(status.st_mode)) {
      trail.stamps.push_back(stamp_of(status));
      const std::string target = target_of(at);
      left.push(target);
      if (target.starts_with('/')) here.assign(1, '/');
    } else {
      here = std::move(at);
    }
  }
  // The last name may have been "..", and then `status` is that of another folder.
  if (::lstat(here.c_str(), &status) != 0) status = {};
  trail.stamps.push_back(stamp_of(status));
  trail.end_is_folder = S_ISDIR(status.st_mode);
  trail.end = std::move(here);
  return trail;
}

}  // namespace saproxy::proxy
