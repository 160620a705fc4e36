// What a parser made of some bytes, as one line of text; and Forwards for the writers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proxy/binding/http/parser.h"
#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {

inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string head_text(const RequestHead& head) {
  return std::string(head.method_text) + " " + std::string(head.target);
}
inline std::string head_text(const ResponseHead& head) { return std::to_string(head.status); }

// Feeds `input` as one piece of `first` bytes and then pieces of `piece`.
// "H(GET /a) B(body) E !bad_chunk": Head, Body (neighbours joined), End, Error. `left` becomes the number of bytes not
// taken.
inline constexpr std::size_t kWhole = 1U << 30U;
template <class Parser>
std::string trace(Parser& parser, std::string_view input, std::size_t first, std::size_t piece,
                  std::size_t* left = nullptr) {
  std::string out;
  std::string body;
  const auto flush = [&] {
    if (!body.empty()) out += "B(" + body + ") ";
    body.clear();
  };
  std::size_t given = 0;
  std::size_t taken = 0;
  while (true) {
    // A copy of its own for every call, so that ASan sees views that outlive the bytes.
    const std::string bytes(input.substr(taken, given - taken));
    const Event event = parser.feed(as_bytes(bytes));
    taken += event.consumed;
    switch (event.kind) {
      case Event::Kind::Head:
        flush();
        out += "H(" + head_text(parser.head()) + ") ";
        continue;
      case Event::Kind::Body: body += as_text(event.body); continue;
      case Event::Kind::End:
        flush();
        out += "E ";
        continue;
      case Event::Kind::Error: flush(); return out + "!" + std::string(to_text(event.error));
      case Event::Kind::NeedMore: break;
    }
    if (given == input.size()) break;
    given = std::min(given + (given == 0 ? first : piece), input.size());
  }
  flush();
  if (left != nullptr) *left = input.size() - taken;
  return out;
}

template <class Parser>
std::string trace(Parser& parser, std::string_view input, std::size_t piece = kWhole) {
  return trace(parser, input, piece, piece);
}

inline std::string trace_request(std::string_view input, std::size_t piece, const ParseLimits& limits) {
  RequestParser parser(limits);
  return trace(parser, input, piece);
}

}  // namespace saproxy::proxy::http
