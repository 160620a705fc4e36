#include "proxy/app.h"

#include <sys/resource.h>
#include <uv.h>

#include <csignal>
#include <cstdio>
#include <random>

#include "proxy/config_sources.h"
#include "proxy/control.h"
#include "proxy/loop/clock.h"
#include "proxy/session/context_set.h"

namespace saproxy::proxy {
namespace {

void complain(std::string_view text) {
  std::fprintf(stderr, "saproxy: %.*s\n", static_cast<int>(text.size()), text.data());
}

// Key material must not end in a core file, and a peer that goes away must not end the process.
void harden_process() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // The limit does not hold where the kernel pipes core files to a program (core(5)): those get no memory.
  if (std::FILE* filter = std::fopen("/proc/self/coredump_filter", "w")) {
    std::fputs("0", filter);
    std::fclose(filter);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int run(const RunOptions& options) {
  harden_process();
  if (const auto ready = initialise_wolfssl(); !ready) {
    complain(ready.error().detail);
    return 2;
  }
  ConfigSources sources;
  policy::LoadResult loaded = sources.load(options.config_path, unix_seconds());
  for (const policy::ConfigError& error : loaded.errors) complain(error.text());
  if (!loaded.errors.empty()) return 2;
  for (const policy::ConfigError& warning : loaded.warnings) complain("warning: " + warning.text());
  Control control(options);
  if (const auto started = control.start(std::move(loaded.config), std::move(sources)); !started) {
    complain(started.error().detail);
    return 2;
  }
  return control.run();
}

}  // namespace saproxy::proxy
