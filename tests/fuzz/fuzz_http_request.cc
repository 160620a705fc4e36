// What the request parser accepts gives the same events however it is cut, and its normal form, read again, is the same
// message.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "proxy/binding/http/target.h"
#include "proxy/binding/http/to_primitive.h"
#include "tests/fuzz/require.h"
#include "tests/proxy/http_support.h"

using saproxy::fuzz::require;

namespace {

using namespace saproxy::proxy::http;

// The message written again as plainly as can be: from the parse only.
std::string rewritten(const RequestHead& head, const std::string& body) {
  std::string out = std::string(head.method_text) + " ";
  const TargetParts parts = split_target(head.target);
  const bool clear = is_clear_target(head.target);
  if (clear) {
    append_normal_form(parts.path, out);
    if (!parts.query.empty()) out.push_back('?');
    append_normal_form(parts.query, out);
  } else {
    out += head.target;
  }
  out += head.minor_version == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  for (const Field& field : head.fields) {
    if (field.name.size() == 17 && head.chunked && (field.name[0] | 0x20) == 't') continue;  // Transfer-Encoding
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (head.chunked) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + body;
}

struct Message {
  std::string normal_form;
  std::string primitive;
};

std::string primitive_text(const RequestHead& head) {
  std::string scratch;
  const auto mapped = to_primitive(head, scratch);
  if (const auto* error = std::get_if<MappingError>(&mapped)) return "!" + std::string(to_text(*error));
  const auto& p = std::get<saproxy::policy::Primitive>(mapped);
  require(!p.to.empty() && (!p.from || p.from->find_first_of(" \t\r\n") == std::string_view::npos));
  return std::string(p.to) + "|" + std::string(p.from.value_or("")) + "|" +
         std::to_string(static_cast<int>(p.operation)) + "|" + std::to_string(p.resource_type.value) + "|" +
         std::to_string(p.result_content.value);
}

std::vector<Message> read_all(std::string_view input) {
  std::vector<Message> messages;
  RequestParser parser({2048, 16, 4096});
  auto bytes = as_bytes(input);
  std::string body;
  while (true) {
    const Event event = parser.feed(bytes);
    require(event.consumed <= bytes.size());
    bytes = bytes.subspan(event.consumed);
    switch (event.kind) {
      case Event::Kind::Head: body.clear(); continue;
      case Event::Kind::Body: body += as_text(event.body); continue;
      case Event::Kind::End:
        messages.push_back({rewritten(parser.head(), body), primitive_text(parser.head())});
        continue;
      case Event::Kind::NeedMore: require(bytes.empty()); return messages;
      case Event::Kind::Error: return messages;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const ParseLimits limits{2048, 16, 4096};
  const std::string whole = trace_request(input, kWhole, limits);
  require(whole == trace_request(input, 1, limits));
  require(whole == trace_request(input, 7, limits));
  for (const Message& message : read_all(input)) {
    if (message.primitive.starts_with('!')) continue;  // never written
    const std::vector<Message> again = read_all(message.normal_form);
    // Decoding escapes can only shorten; the length line that replaces chunks may push a head over the limit.
    if (again.empty() && message.normal_form.size() > 2000) continue;
    require(again.size() == 1 && again[0].primitive == message.primitive &&
            again[0].normal_form == message.normal_form);
  }
  return 0;
}
