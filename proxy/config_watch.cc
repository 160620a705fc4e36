#include "proxy/config_watch.h"

#include <string_view>
#include <tuple>
#include <utility>

namespace saproxy::proxy {
namespace {

// A look without an event: for file systems that send none (NFS), and for folders that could not be watched.
constexpr std::uint64_t kLookInterval = 60'000;

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string advice(int status) {
  switch (status) {
    case UV_ENOSPC: return "raise the limit: sysctl fs.inotify.max_user_watches";
    case UV_EMFILE: return "raise the limit: sysctl fs.inotify.max_user_instances";
    default: return "let saproxy read the folder";
  }
}

}  // namespace

// One watched folder. Which inode it is tells a folder from another one that took its place.
struct ConfigWatch::Folder {
  ConfigWatch* watch;
  std::string path;
  FileStamp stamp;
  bool replaced = false;  // deleted or moved: the kernel watches what is no longer here
  ConfigSources::Names wanted;
  UvHandle<uv_fs_event_t> handle;
};

ConfigWatch::ConfigWatch(uv_loop_t* loop, Callbacks callbacks) : loop_(loop), callbacks_(std::move(callbacks)) {}

ConfigWatch::~ConfigWatch() { stop(); }

void ConfigWatch::stop() {
  folders_.clear();
  due_.reset();
  each_minute_.reset();
  debounce_.clear();
}

void ConfigWatch::follow(ConfigSources sources, std::optional<Milliseconds> delay) {
  sources_ = std::move(sources);
  if (!delay) return stop();
  const auto init = [this](uv_timer_t* timer) { return uv_timer_init(loop_, timer); };
  if ((!due_ && due_.open(this, init) != 0) || (!each_minute_ && each_minute_.open(this, init) != 0)) return stop();
  uv_timer_start(each_minute_.get(), &on_look, kLookInterval, kLookInterval);
  uv_timer_stop(due_.get());
  debounce_ = Debounce(static_cast<std::uint64_t>(delay->count()));
  watch_folders();
  // What changed while it was read, or before its folder was watched.
  if (sources_.have_changed()) note_change();
}

void ConfigWatch::on_event(uv_fs_event_t* event, const char* name, int events, int) noexcept {
  auto* folder = owner_of<Folder>(event);
  if (folder == nullptr) return;
  // Others may be busy in /tmp or /: a name that does not matter costs a look-up and no memory.
  // libuv reports the end of the folder itself under its own name.
  const bool itself = name != nullptr && (events & UV_RENAME) != 0 && last_name(folder->path) == name;
  if (itself) folder->replaced = true;
  if (itself || name == nullptr || folder->wanted.any || folder->wanted.names.contains(std::string_view(name)))
    folder->watch->note_change();
}

void ConfigWatch::note_change() {
  uv_update_time(loop_);
  uv_timer_start(due_.get(), &on_due, debounce_.after_event(uv_now(loop_)), 0);
}

void ConfigWatch::on_due(uv_timer_t* timer) noexcept {
  if (auto* watch = owner_of<ConfigWatch>(timer)) watch->look();
}

void ConfigWatch::on_look(uv_timer_t* timer) noexcept {
  auto* watch = owner_of<ConfigWatch>(timer);
  if (watch == nullptr || watch->is_pending()) return;
  watch->watch_folders();
  if (watch->sources_.have_changed()) watch->note_change();
}

// Folders first: what changes after the comparison must send an event.
void ConfigWatch::look() {
  debounce_.clear();
  watch_folders();
  if (sources_.have_changed()) callbacks_.changed();
}

void ConfigWatch::watch_folders() {
  std::map<std::string, ConfigSources::Names> wanted = sources_.folders();
  std::erase_if(folders_, [&wanted](const auto& entry) { return !wanted.contains(entry.first); });
  int failure = 0;
  std::size_t failed = 0;
  std::string example;
  for (auto& [path, names] : wanted) {
    std::unique_ptr<Folder>& folder = folders_[path];
    const FileStamp stamp = follow_path(path).stamps.back();
    if (folder == nullptr || folder->replaced || folder->stamp != stamp)
      folder.reset(new Folder{this, path, stamp, false, {}, {}});
    folder->wanted = std::move(names);
    const int status = folder->handle ? 0 : watch(*folder);
    if (status == 0 || status == UV_ENOENT || status == UV_ENOTDIR) continue;  // gone again: its parent has sent that
    if (failed++ == 0) std::tie(failure, example) = std::pair(status, path);
  }
  if (failed == 0) return warned_.clear();
  const std::string others = failed > 1 ? " and " + std::to_string(failed - 1) + " other folders" : "";
  warn_once("cannot watch " + example + others + " for changes: " + uv_strerror(failure) + "; " + advice(failure) +
            ", or send SIGHUP after a change (it is also seen within a minute)");
}

int ConfigWatch::watch(Folder& folder) {
  int status = folder.handle.open(&folder, [this](uv_fs_event_t* event) { return uv_fs_event_init(loop_, event); });
  if (status == 0) status = uv_fs_event_start(folder.handle.get(), &on_event, folder.path.c_str(), 0);
  if (status != 0) folder.handle.reset();
  return status;
}

void ConfigWatch::warn_once(std::string text) {
  if (text == warned_) return;
  warned_ = std::move(text);
  callbacks_.warn(warned_);
}

}  // namespace saproxy::proxy
