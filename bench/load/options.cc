#include "bench/load/options.h"

#include <arpa/inet.h>
#include <getopt.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace saproxy::bench {
namespace {

constexpr const char* kUsage =
    "usage: bench_load handshake|request|idle --connect ADDRESS:PORT --ca FILE [options]\n"
    "  --cert FILE --key FILE           client certificate with its chain, and its key\n"
    "  --psk-identity ID --psk FILE     pre-shared key, hexadecimal\n"
    "  --suites LIST                    OpenSSL's names of TLS 1.2 suites\n"
    "  --plain                          no TLS\n"
    "  --server-name NAME               for SNI; the certificate is checked against --ca\n"
    "  --target PATH --originator ID    of the requests; several paths, separated by commas: one for each connection "
    "in turn\n"
    "  --connections N --count N        at a time; in all\n"
    "  --rate N                         offer N handshakes or requests a second instead of going on once answered\n"
    "  --upload BYTES | --download BYTES  request: large requests or large answers\n"
    "  --wait                           print \"ready\" and wait for a line on standard input before the measured "
    "part\n"
    "  --timeout SECONDS                for each phase\n"
    "Prints one line of JSON. Exit code 0 only if every answer was the expected one.\n";

[[noreturn]] void wrong(const char* what, const char* value) {
  std::fprintf(stderr, "bench_load: %s %s\n%s", what, value, kUsage);
  std::exit(2);
}

std::uint64_t number(const char* text) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text, &end, 10);
  if (end == text || *end != '\0') wrong("not a number:", text);
  return value;
}

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> all;
  for (std::size_t comma = 0; comma != std::string_view::npos; text.remove_prefix(comma + 1)) {
    comma = text.find(',');
    all.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
  }
  return all;
}

sockaddr_in address_of(const char* text) {
  const std::string_view all(text);
  const std::size_t colon = all.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string_view::npos) wrong("no port in", text);
  if (inet_pton(AF_INET, std::string(all.substr(0, colon)).c_str(), &address.sin_addr) != 1)
    wrong("not an IPv4 address:", text);
  address.sin_port = htons(static_cast<std::uint16_t>(number(text + colon + 1)));
  return address;
}

Mode mode_of(std::string_view text) {
  if (text == "handshake") return Mode::Handshake;
  if (text == "request") return Mode::Request;
  if (text == "idle") return Mode::Idle;
  wrong("unknown mode", std::string(text).c_str());
}

enum Name : int {
  kConnect = 1,
  kCa,
  kCert,
  kKey,
  kPskIdentity,
  kPsk,
  kSuites,
  kPlain,
  kServerName,
  kTarget,
  kOriginator,
  kConnections,
  kCount,
  kRate,
  kUpload,
  kDownload,
  kWait,
  kTimeout
};

constexpr std::array<option, 19> kNames = {{{"connect", required_argument, nullptr, kConnect},
                                            {"ca", required_argument, nullptr, kCa},
                                            {"cert", required_argument, nullptr, kCert},
                                            {"key", required_argument, nullptr, kKey},
                                            {"psk-identity", required_argument, nullptr, kPskIdentity},
                                            {"psk", required_argument, nullptr, kPsk},
                                            {"suites", required_argument, nullptr, kSuites},
                                            {"plain", no_argument, nullptr, kPlain},
                                            {"server-name", required_argument, nullptr, kServerName},
                                            {"target", required_argument, nullptr, kTarget},
                                            {"originator", required_argument, nullptr, kOriginator},
                                            {"connections", required_argument, nullptr, kConnections},
                                            {"count", required_argument, nullptr, kCount},
                                            {"rate", required_argument, nullptr, kRate},
                                            {"upload", required_argument, nullptr, kUpload},
                                            {"download", required_argument, nullptr, kDownload},
                                            {"wait", no_argument, nullptr, kWait},
                                            {"timeout", required_argument, nullptr, kTimeout},
                                            {nullptr, 0, nullptr, 0}}};

void set(Options& options, int name, const char* value) {
  switch (name) {
    case kConnect: options.address = address_of(value); return;
    case kCa: options.ca_file = value; return;
    case kCert: options.certificate_file = value; return;
    case kKey: options.key_file = value; return;
    case kPskIdentity: options.psk_identity = value; return;
    case kPsk: options.psk_file = value; return;
    case kSuites: options.suites = value; return;
    case kServerName: options.server_name = value; return;
    case kPlain: options.plain = true; return;
    case kTarget: options.targets = list_of(value); return;
    case kOriginator: options.originator = value; return;
    case kConnections: options.connections = number(value); return;
    case kCount: options.count = number(value); return;
    case kRate: options.rate = number(value); return;
    case kUpload: options.upload = number(value); return;
    case kDownload: options.download = number(value); return;
    case kWait: options.wait = true; return;
    case kTimeout: options.timeout = static_cast<double>(number(value)); return;
    default: wrong("unknown option", "");
  }
}

}  // namespace

Options read_options(int argc, char** argv) {
  if (argc < 2) wrong("no mode", "");
  Options options;
  options.mode = mode_of(argv[1]);
  optind = 2;
  for (int name = 0; (name = getopt_long(argc, argv, "", kNames.data(), nullptr)) != -1;) set(options, name, optarg);
  if (optind != argc) wrong("unexpected", argv[optind]);
  if (options.address.sin_port == 0 || options.connections == 0) wrong("nothing to connect to, or no connections", "");
  if (options.mode == Mode::Idle) options.count = options.connections;
  return options;
}

}  // namespace saproxy::bench
