// What the load generator is asked to do.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace saproxy::bench {

enum class Mode {
  Handshake,  // full handshake, one GET, close; `connections` at a time, `count` in all
  Request,    // `connections` keep-alive connections, `count` requests in all
  Idle,       // `connections` are opened, used once and held
};

struct Options {
  Mode mode = Mode::Request;
  sockaddr_in address{};
  std::string server_name = "cse1.sp.example.com";
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string psk_identity;
  std::string psk_file;  // hexadecimal
  std::string suites;    // OpenSSL's names, TLS 1.2
  bool plain = false;    // no TLS
  // One for each connection, or one for all.
  std::vector<std::string> targets = {"/cse-in/bench/la"};
  std::string originator = "Cdemo";
  std::size_t connections = 1;
  std::uint64_t count = 1;
  std::uint64_t rate = 0;    // a second, offered whatever the answers do; 0: each connection goes on once answered
  std::size_t upload = 0;    // POST this many bytes instead of GET
  std::size_t download = 0;  // GET this many bytes instead of the small answer
  bool wait = false;         // print "ready" when all is set up and wait for a line on standard input
  double timeout = 120;      // seconds for each phase
};

// On a wrong command line says so on standard error and ends the program.
[[nodiscard]] Options read_options(int argc, char** argv);

}  // namespace saproxy::bench
