#include <algorithm>
#include <array>

#include "proxy/binding/http/content_type.h"
#include "proxy/binding/http/header_rules.h"
#include "proxy/binding/http/output.h"
#include "proxy/binding/http/syntax.h"
#include "proxy/binding/http/target.h"
#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {
namespace {

// Fields that are written by us, from the parse; and Accept-Encoding: what the CSE answers we have to be able to read.
bool is_rewritten(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {"Host", "Expect", "X-M2M-Origin", "Content-Type",
                                                      "Accept-Encoding"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view n) { return equals_fold(n, name); });
}

void append_request_line(Output& out, const RequestHead& head) {
  append(out, head.method_text);
  out.push_back(' ');
  const TargetParts parts = split_target(head.target);
  append_normal_form(parts.path, out);
  if (!parts.query.empty()) {
    out.push_back('?');
    append_normal_form(parts.query, out);
  }
  append(out, " HTTP/1.1\r\n");
}

void append_host(Output& out, const policy::Endpoint& address) {
  append(out, "Host: ");
  if (address.is_unix()) {
    append(out, "localhost\r\n");
    return;
  }
  const bool brackets = address.host.find(':') != std::string::npos;
  if (brackets) out.push_back('[');
  append(out, address.host);
  if (brackets) out.push_back(']');
  out.push_back(':');
  append_number(out, address.port);
  append(out, "\r\n");
}

// Without the parameters we do not know: some CSEs look for "ty=" anywhere in the value.
void append_content_type(Output& out, std::string_view value) {
  const ContentTypeReading reading = read_content_type(value);
  if (reading.result != ContentTypeReading::Result::Ok) return;
  append(out, "Content-Type: ");
  for (const char c : reading.type.media_type) out.push_back(static_cast<std::uint8_t>(to_lower(c)));
  if (reading.type.charset) {
    append(out, ";charset=");
    append(out, *reading.type.charset);
  }
  if (reading.type.resource_type) {
    append(out, ";ty=");
    append_number(out, *reading.type.resource_type);
  }
  append(out, "\r\n");
}

void append_framing(Output& out, const RequestHead& head, BodyFraming framing) {
  switch (framing.kind) {
    case BodyFraming::Kind::Length: append_line(out, "Content-Length", framing.length); return;
    case BodyFraming::Kind::Chunked: append(out, "Transfer-Encoding: chunked\r\n"); return;
    case BodyFraming::Kind::UntilClose:  // a request cannot end so
    case BodyFraming::Kind::None: break;
  }
  // Spec: RFC 9110 8.6: a method that could have content says that there is none.
  if (head.method == Method::Post || head.method == Method::Put) append(out, "Content-Length: 0\r\n");
}

}  // namespace

std::optional<std::string_view> oversized(const RequestHead& head, const policy::CseSettings& cse) {
  const auto found = std::find_if(head.fields.begin(), head.fields.end(), [&](const Field& field) {
    const std::size_t limit = equals_fold(field.name, "X-M2M-RI") ? std::min(cse.max_request_id, cse.max_header_value)
                              : equals_fold(field.name, "X-M2M-Origin")
                                  ? std::min(cse.max_originator, cse.max_header_value)
                                  : cse.max_header_value;
    return field.value.size() > limit;
  });
  if (found != head.fields.end()) return found->name;
  if (split_target(head.target).query.size() > cse.max_query) return "query";
  return std::nullopt;
}

void write_request_head(Output& out, const RequestHead& head, const policy::Forward& forward,
                        const policy::CseSettings& cse, const policy::HeaderSettings& headers,
                        std::string_view identity_lines, BodyFraming framing) {
  append_request_line(out, head);
  append_host(out, cse.address);
  if (!forward.originator().empty()) append_line(out, "X-M2M-Origin", forward.originator());
  const HeaderFilter filter(headers, head.fields);
  bool has_release_version = false;
  for (const Field& field : head.fields) {
    if (equals_fold(field.name, "Content-Type")) append_content_type(out, field.value);
    if (is_rewritten(field.name) || is_override(field.name) || !filter.passes(field)) continue;
    has_release_version = has_release_version || equals_fold(field.name, "X-M2M-RVI");
    append_line(out, field.name, field.value);
  }
  if (!has_release_version && cse.insert_release_version) append_line(out, "X-M2M-RVI", cse.release_version);
  append(out, identity_lines);
  append(out, cse.keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n");
  append_framing(out, head, framing);
  append(out, "\r\n");
}

}  // namespace saproxy::proxy::http
