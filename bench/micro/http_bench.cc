// One request's way through the HTTP binding: parse, primitive, gate, head for the CSE; and the answer's way back.
#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bench/origin/answer.h"
#include "policy/gate.h"
#include "proxy/binding/http/parser.h"
#include "proxy/binding/http/to_primitive.h"
#include "proxy/binding/http/writer.h"

namespace saproxy::bench {
namespace {

using namespace proxy::http;

constexpr std::string_view kRequest =
    "GET /cse-in/bench/la HTTP/1.1\r\nHost: cse1.sp.example.com\r\nX-M2M-Origin: Cdemo\r\nX-M2M-RVI: 3\r\nAccept: "
    "application/json\r\n"
    "X-M2M-RI: r123456\r\n\r\n";

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Everything up to End; false on an error.
template <class Parser>
bool parse_whole(Parser& parser, std::string_view text) {
  for (auto bytes = as_bytes(text);;) {
    const Event event = parser.feed(bytes);
    if (event.kind == Event::Kind::End) return true;
    if (event.kind == Event::Kind::Error || event.kind == Event::Kind::NeedMore) return false;
    bytes = bytes.subspan(event.consumed);
  }
}

struct World {
  policy::GateRules rules{*identity::SpId::parse("sp.example.com"), *identity::CseId::parse("/cse1"), {}, {}, {}};
  identity::Association ae{.id = "1-1",
                           .credential_id = *identity::CredentialId::parse("33-//sp.example.com/cse1/Cdemo"),
                           .saef = identity::Saef::Certificate,
                           .identities = identity::StemList({*identity::Pattern::parse("Cdemo")})};
  policy::CseSettings cse;
  policy::HeaderSettings headers;
  std::string lines = identity_header_lines(headers, ae, "127.0.0.1", {});
};

void parse_request(benchmark::State& state) {
  RequestParser parser(ParseLimits{});
  for (auto _ : state) {
    if (!parse_whole(parser, kRequest)) state.SkipWithError("refused");
  }
}
BENCHMARK(parse_request);

void parse_and_map(benchmark::State& state) {
  RequestParser parser(ParseLimits{});
  std::string scratch;
  for (auto _ : state) {
    if (!parse_whole(parser, kRequest)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(to_primitive(parser.head(), scratch));
  }
}
BENCHMARK(parse_and_map);

// The usual request up to the gate's decision; nothing when some step refuses it. Valid as long as the arguments.
std::optional<policy::Forward> permission_for(const World& world, const policy::Gate& gate, RequestParser& parser,
                                              std::string& scratch) {
  if (!parse_whole(parser, kRequest)) return std::nullopt;
  const auto mapped = to_primitive(parser.head(), scratch);
  const auto* primitive = std::get_if<policy::Primitive>(&mapped);
  if (primitive == nullptr) return std::nullopt;
  const policy::Decision decision = gate.judge(&world.ae, *primitive, 1'795'500'000'000);
  const auto* forward = std::get_if<policy::Forward>(&decision);
  return forward == nullptr ? std::nullopt : std::optional(*forward);
}

// All of a request that is ours: what is left of its cost is the kernel's and the cryptography's.
void parse_judge_write(benchmark::State& state) {
  const World world;
  const policy::Gate gate(world.rules);
  RequestParser parser(ParseLimits{});
  std::string scratch;
  Output out;
  for (auto _ : state) {
    out.clear();
    const auto forward = permission_for(world, gate, parser, scratch);
    if (!forward) return state.SkipWithError("refused");
    write_request_head(out, parser.head(), *forward, world.cse, world.headers, world.lines, {});
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(parse_judge_write);

// The head for the CSE alone, out of a request that is parsed and judged once.
void write_head_for_cse(benchmark::State& state) {
  const World world;
  const policy::Gate gate(world.rules);
  RequestParser parser(ParseLimits{});
  std::string scratch;
  const auto forward = permission_for(world, gate, parser, scratch);
  if (!forward) return state.SkipWithError("refused");
  Output out;
  for (auto _ : state) {
    out.clear();
    write_request_head(out, parser.head(), *forward, world.cse, world.headers, world.lines, {});
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_head_for_cse);

void parse_and_write_answer(benchmark::State& state) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nX-M2M-RI: r123456\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(kAnswerBytes) + "\r\n\r\n" + answer_body(kAnswerBytes);
  ResponseParser parser(ParseLimits{});
  Output out;
  for (auto _ : state) {
    out.clear();
    parser.expect(false);
    if (!parse_whole(parser, answer)) return state.SkipWithError("not parsed");
    write_response_head(out, parser.head(), {BodyFraming::Kind::Length, kAnswerBytes}, false);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(parse_and_write_answer);

}  // namespace
}  // namespace saproxy::bench
