// ConfigWatch: notices that files of the configuration have changed, and says so once they are quiet.
//
//   change in a folder ─▶ of a name that matters? ─▶ debounce ─▶ does any file really look different? ─▶ changed()
//
// Folders are watched, never files: editors and Kubernetes put a new file in place of the old one.
#pragma once

#include <uv.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "proxy/config_sources.h"
#include "proxy/loop/debounce.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

class ConfigWatch {
 public:
  using Milliseconds = std::chrono::milliseconds;
  struct Callbacks {
    std::function<void()> changed;  // reads the configuration again and calls follow(), whatever comes of it
    std::function<void(const std::string&)> warn;  // a folder cannot be watched: what to do about it
  };

  ConfigWatch(uv_loop_t* loop, Callbacks callbacks);
  ~ConfigWatch();
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;

  // From now on, what the last load looked at. `delay`: how long files must be quiet; nothing is watched without it.
  void follow(ConfigSources sources, std::optional<Milliseconds> delay);

  // A change was seen and has not been looked at yet.
  [[nodiscard]] bool is_pending() const {
    return due_ && uv_is_active(reinterpret_cast<uv_handle_t*>(due_.get())) != 0;
  }
  [[nodiscard]] std::size_t folder_count() const { return folders_.size(); }

 private:
  struct Folder;

  static void on_event(uv_fs_event_t* event, const char* name, int events, int status) noexcept;
  static void on_due(uv_timer_t* timer) noexcept;
  static void on_look(uv_timer_t* timer) noexcept;
  void note_change();
  void look();
  void watch_folders();
  [[nodiscard]] int watch(Folder& folder);
  void warn_once(std::string text);
  void stop();

  uv_loop_t* loop_;
  Callbacks callbacks_;
  ConfigSources sources_;
  std::map<std::string, std::unique_ptr<Folder>> folders_;
  Debounce debounce_{0};
  UvHandle<uv_timer_t> due_;
  UvHandle<uv_timer_t> each_minute_;
  std::string warned_;
};

}  // namespace saproxy::proxy
