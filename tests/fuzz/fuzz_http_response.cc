// The response parser gives the same events however the bytes are cut, and what the writer makes of a head can be read
// by any strict client: one answer, same status, nothing behind it.
#include <cstdint>
#include <string>

#include "tests/fuzz/require.h"
#include "tests/proxy/http_support.h"

using saproxy::fuzz::require;

namespace {

using namespace saproxy::proxy::http;

constexpr ParseLimits kLimits{2048, 16, 4096};

std::string trace_of(std::string_view input, std::size_t piece) {
  ResponseParser parser(kLimits);
  parser.expect(false);
  std::string events = trace(parser, input, piece);
  const Event event = parser.finish();
  return events + "C " + std::to_string(static_cast<int>(event.kind)) + std::string(to_text(event.error));
}

void check_rewritten(std::string_view input) {
  ResponseParser parser(kLimits);
  parser.expect(false);
  if (parser.feed(as_bytes(input)).kind != Event::Kind::Head) return;
  Output out;
  write_response_head(out, parser.head(), {BodyFraming::Kind::Length, 0}, true);
  ResponseParser again({16'384, 64, 4096});
  again.expect(false);
  std::size_t left = 1;
  require(trace(again, as_text(out), kWhole, kWhole, &left) == "H(" + std::to_string(parser.head().status) + ") E ");
  require(left == 0 && !again.head().keep_alive);
  require(again.head().find("X-M2M-SA-Entity") == nullptr && again.head().find("Transfer-Encoding") == nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::string whole = trace_of(input, kWhole);
  require(whole == trace_of(input, 1));
  require(whole == trace_of(input, 5));
  check_rewritten(input);
  return 0;
}
