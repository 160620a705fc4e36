#include "proxy/binding/http/header_rules.h"
#include "proxy/binding/http/output.h"
#include "proxy/binding/http/status_text.h"
#include "proxy/binding/http/syntax.h"
#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {
namespace {

void append_framing(Output& out, const ResponseHead& head, BodyFraming framing) {
  switch (framing.kind) {
    case BodyFraming::Kind::Length: append_line(out, "Content-Length", framing.length); return;
    case BodyFraming::Kind::Chunked: append(out, "Transfer-Encoding: chunked\r\n"); return;
    case BodyFraming::Kind::UntilClose: return;
    case BodyFraming::Kind::None: break;
  }
  // Spec: RFC 9110 8.6: never with 1xx and 204; an answer to HEAD keeps the length it tells of.
  if (head.status < 200 || head.status == 204 || head.status == 304) return;
  append_line(out, "Content-Length", head.no_body ? head.content_length.value_or(0) : 0);
}

}  // namespace

void write_response_head(Output& out, const ResponseHead& head, BodyFraming framing, bool close) {
  static const policy::HeaderSettings kDefaults;
  write_response_head(out, head, framing, close, kDefaults);
}

void write_response_head(Output& out, const ResponseHead& head, BodyFraming framing, bool close,
                         const policy::HeaderSettings& headers) {
  append_status_line(out, head.status);
  const HeaderFilter filter(headers, head.fields);
  const bool code_is_clear = head.response_code() != 0;
  for (const Field& field : head.fields) {
    // Nobody reads out of "2001x" another code than we did.
    const bool unclear = !code_is_clear && equals_fold(field.name, "X-M2M-RSC");
    if (!unclear && filter.passes(field)) append_line(out, field.name, field.value);
  }
  const bool last = close || framing.kind == BodyFraming::Kind::UntilClose;
  append(out, last ? "Connection: close\r\n" : "Connection: keep-alive\r\n");
  append_framing(out, head, framing);
  append(out, "\r\n");
}

void write_chunk(Output& out, std::span<const std::uint8_t> data) {
  if (data.empty()) return;  // an empty chunk would end the body
  append_number(out, data.size(), 16);
  append(out, "\r\n");
  out.insert(out.end(), data.begin(), data.end());
  append(out, "\r\n");
}

void write_last_chunk(Output& out) { append(out, "0\r\n\r\n"); }

void write_continue(Output& out) { append(out, "HTTP/1.1 100 Continue\r\n\r\n"); }

}  // namespace saproxy::proxy::http
