// bench_load: puts load on a TLS server that speaks oneM2M over HTTP, and verifies every answer. options.cc has the
// usage.
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "bench/load/load.h"
#include "bench/load/options.h"
#include "bench/load/tls_context.h"

namespace {

using namespace saproxy::bench;

// SIGTERM ends a load that was started without an end.
volatile std::sig_atomic_t told_to_stop = 0;
void stop(int /*signal*/) { told_to_stop = 1; }

// The one who measures reads the server's clocks between the two lines.
void wait_for_go() {
  std::printf("ready\n");
  std::fflush(stdout);
  for (char byte = 0; read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n';) {
  }
}

bool run(const Options& options, Load& load) {
  if (options.mode != Mode::Handshake && !load.open_all()) {
    std::fprintf(stderr, "bench_load: could not open all connections\n");
    return false;
  }
  if (options.wait) wait_for_go();
  switch (options.mode) {
    case Mode::Handshake:
    case Mode::Request: load.run([] { return told_to_stop != 0; }); break;
    case Mode::Idle: load.look_for_lost(); break;
  }
  std::printf("%s\n", load.report().to_json().c_str());
  std::fflush(stdout);
  // Connections stay up until what they cost has been read.
  if (options.wait) wait_for_go();
  return load.report().failed == 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, stop);
  const Options options = read_options(argc, argv);
  const TlsContext context = options.plain ? nullptr : make_context(options);
  if (!context && !options.plain) return 2;
  Load load(options, context.get());
  return run(options, load) ? 0 : 1;
}
