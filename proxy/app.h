// App: makes every part once and hands it what it needs. The control thread: configuration, signals, admin endpoint,
// health of the CSE. Workers do the rest.
#pragma once

#include <string>

namespace saproxy::proxy {

struct RunOptions {
  std::string config_path;
  std::string
      ready_file;  // written once everything listens: one line "name address" for each listener, then "admin address"
};

// Runs until drained. 0: orderly end; 1: second signal or drain deadline; 2: the configuration or a port stopped the
// start (errors on standard error).
[[nodiscard]] int run(const RunOptions& options);

}  // namespace saproxy::proxy
