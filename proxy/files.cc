#include "proxy/files.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace saproxy::proxy {

using identity::Error;
using identity::ErrorCode;
using identity::fail;
using identity::Result;
using policy::FileView;

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> system_error(int number) {
  const auto code = number == ENOENT   ? ErrorCode::NotFound
                    : number == EACCES ? ErrorCode::NotPermitted
                                       : ErrorCode::Failed;
  return fail(code, std::strerror(number));
}

Result<std::string> read_all(int fd, std::size_t expected, std::size_t most) {
  std::string content;
  content.resize(expected + 1);  // one more: sees a file that grew
  std::size_t filled = 0;
  while (true) {
    const ssize_t count = ::read(fd, content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled > most) return fail(ErrorCode::OutOfRange, "larger than " + std::to_string(most) + " bytes");
    if (filled == content.size()) return fail(ErrorCode::Conflict, "it was written to while it was read");
  }
  content.resize(filled);
  return content;
}

// Whoever owns the file can read it whatever its mode says. A group may read what root owns: that is how secrets reach
// a service that does not run as root (packages, Kubernetes with fsGroup).
bool others_may_read(const struct stat& status) {
  const bool foreign = status.st_uid != 0 && status.st_uid != ::geteuid();
  const bool group = (status.st_mode & (S_IRGRP | S_IWGRP)) != 0 && status.st_uid != 0;
  // Who may write it may put a key of his own there; that is no better.
  return foreign || group || (status.st_mode & (S_IROTH | S_IWOTH)) != 0;
}

Result<FileView> read_file(const std::string& path, std::size_t most) {
  // O_NONBLOCK: opening a FIFO would otherwise wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return system_error(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error(errno);
  if (S_ISDIR(status.st_mode)) return fail(ErrorCode::IsFolder, std::strerror(EISDIR));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::Unsupported, "not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > most) return fail(ErrorCode::OutOfRange, "larger than " + std::to_string(most) + " bytes");
  FileView view;
  SAPROXY_TRY(view.content, read_all(file.get(), size, most));
  view.size = static_cast<std::int64_t>(view.content.size());
  view.readable_by_others = others_may_read(status);
  return view;
}

Result<std::vector<std::string>> list_files(const std::string& pattern) {
  glob_t matches{};
  const int status = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &matches);
  std::vector<std::string> paths;
  if (status == 0) paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  ::globfree(&matches);
  if (status == GLOB_NOSPACE) return fail(ErrorCode::Failed, "out of memory");
  if (status == GLOB_ABORTED) return fail(ErrorCode::NotPermitted, "the folder cannot be read");
  return paths;
}

}  // namespace

policy::ReadFile disk_reader() { return read_file; }
policy::ListFiles disk_lister() { return list_files; }

}  // namespace saproxy::proxy
