#include "proxy/registry/store_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr mode_t kPrivate = 0600;

tl::unexpected<identity::Error> system_error(const std::string& what, int number) {
  const auto code = number == ENOENT                      ? ErrorCode::NotFound
                    : number == EACCES || number == EPERM ? ErrorCode::NotPermitted
                                                          : ErrorCode::Failed;
  return fail(code, what + ": " + std::strerror(number));
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// A name is on the disk when its folder is.
Result<bool> sync_folder(const std::string& path) {
  const int folder = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return system_error("its folder cannot be opened", errno);
  const int status = ::fsync(folder);
  const int number = errno;
  ::close(folder);
  if (status != 0) return system_error("its folder cannot be synchronised", number);
  return true;
}

Result<bool> create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kPrivate);
  if (fd < 0 && errno == EEXIST) return true;  // another process was faster; the lock decides
  if (fd < 0) return system_error("cannot be made", errno);
  ::close(fd);
  return sync_folder(path);
}

// It is looked at by name and not opened: closing it would drop the locks that SQLite holds on it in this process.
Result<bool> check_existing(const std::string& path, const struct stat& found, StoreAccess access) {
  if (S_ISLNK(found.st_mode)) return fail(ErrorCode::Unsupported, "is a symbolic link; name the file itself");
  if (!S_ISREG(found.st_mode)) return fail(ErrorCode::Unsupported, "is not a regular file; name another path");
  const bool own = access == StoreAccess::Own;
  if (own && ::geteuid() != 0 && found.st_uid != ::geteuid())
    return fail(ErrorCode::NotPermitted, "belongs to another user; give it to the user that saproxy runs as");
  if ((found.st_mode & S_IWOTH) != 0)
    return fail(ErrorCode::NotPermitted,
                "everybody may write it, so its registrations prove nothing; remove it, or chmod 600 it if you know "
                "what is in it");
  if (::faccessat(AT_FDCWD, path.c_str(), own ? R_OK | W_OK : R_OK, AT_EACCESS) != 0)
    return system_error(own ? "cannot be read and written" : "cannot be read", errno);
  return true;
}

}  // namespace

Result<StoreLock> StoreLock::take(const std::string& path) {
  const std::string name = path + ".lock";
  StoreLock lock(::open(name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kPrivate));
  if (lock.fd_ < 0) return system_error("the lock file " + name + " cannot be opened", errno);
  // A command that root ran must not leave a lock that the service cannot open.
  struct stat store {};
  if (::geteuid() == 0 && ::stat(path.c_str(), &store) == 0 && ::fchown(lock.fd_, store.st_uid, store.st_gid) != 0)
    return system_error("the lock file " + name + " cannot be given to the owner of the store", errno);
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return fail(ErrorCode::Conflict, "another process of saproxy has it");
  return system_error("cannot be locked", errno);
}

StoreLock::~StoreLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> resolve_store_path(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  if (name.empty() || name == "." || name == "..") return fail(ErrorCode::BadSyntax, "names no file");
  const std::unique_ptr<char, void (*)(void*)> folder(::realpath(folder_of(path).c_str(), nullptr), &std::free);
  if (folder == nullptr && errno == ENOENT)
    return fail(ErrorCode::NotFound, "its folder does not exist; make it, writable for the user that saproxy runs as");
  if (folder == nullptr) return system_error("its folder cannot be reached", errno);
  const std::string resolved = folder.get();
  return (resolved == "/" ? "" : resolved) + "/" + name;
}

Result<bool> prepare_store_file(const std::string& path, StoreAccess access) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0) return check_existing(path, found, access);
  if (errno != ENOENT) return system_error("cannot be reached", errno);
  if (access == StoreAccess::Read) return fail(ErrorCode::NotFound, "is not there; `saproxy run` makes it");
  return create(path);
}

Result<bool> keep_store_private(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string name = path + suffix;
    if (::chmod(name.c_str(), kPrivate) != 0 && errno != ENOENT)
      return system_error(name + " cannot be made private", errno);
  }
  return true;
}

}  // namespace saproxy::proxy
