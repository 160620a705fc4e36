#include "proxy/binding/http/output.h"
#include "proxy/binding/http/status_text.h"
#include "proxy/binding/http/syntax.h"
#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {
namespace {

constexpr std::size_t kMaxEchoedRequestId = 256;
constexpr std::size_t kMaxEchoedRelease = 8;
constexpr std::size_t kMaxText = 200;

constexpr std::string_view kJsonStart = R"({"m2m:dbg":")";
constexpr std::string_view kJsonEnd = R"("})";
constexpr std::string_view kXmlStart =
    R"(<?xml version="1.0" encoding="UTF-8"?><m2m:dbg xmlns:m2m="http://www.onem2m.org/xml/protocols">)";
constexpr std::string_view kXmlEnd = "</m2m:dbg>";
constexpr std::string_view kCborStart = "\xa1\x67m2m:dbg";  // map of one pair; text of 7 bytes (RFC 8949 3.1)

// Gives each character of `text` as the serialisation writes it. The texts are ours: ASCII; anything else becomes '?'.
template <class Take>
void escape(std::string_view text, policy::Serialisation serialisation, Take take) {
  for (const char& c : text.substr(0, kMaxText)) {
    if (c < 0x20 || c == 0x7f) {
      take(std::string_view("?"));
    } else if (serialisation == policy::Serialisation::Json && (c == '"' || c == '\\')) {
      take(c == '"' ? std::string_view("\\\"") : std::string_view("\\\\"));
    } else if (serialisation == policy::Serialisation::Xml && (c == '<' || c == '>' || c == '&')) {
      take(c == '<' ? std::string_view("&lt;") : c == '>' ? std::string_view("&gt;") : std::string_view("&amp;"));
    } else {
      take(std::string_view(&c, 1));
    }
  }
}

struct Form {
  std::string_view media_type;
  std::string_view start;
  std::string_view end;
};

Form form_of(policy::Serialisation serialisation) {
  switch (serialisation) {
    case policy::Serialisation::Json: return {"application/json", kJsonStart, kJsonEnd};
    case policy::Serialisation::Xml: return {"application/xml", kXmlStart, kXmlEnd};
    case policy::Serialisation::Cbor: return {"application/cbor", kCborStart, {}};
  }
  return {"application/json", kJsonStart, kJsonEnd};
}

// The head of a CBOR text string of fewer than 256 bytes.
void append_cbor_text_head(Output& out, std::size_t size) {
  if (size >= 24) out.push_back(0x78);
  out.push_back(static_cast<std::uint8_t>(size >= 24 ? size : 0x60 + size));
}

void append_echo(Output& out, std::string_view name, std::optional<std::string_view> value, std::size_t limit) {
  if (value && !value->empty() && value->size() <= limit && is_printable(*value)) append_line(out, name, *value);
}

}  // namespace

void write_refusal(Output& out, const RefusalText& refusal) {
  const Form form = form_of(refusal.serialisation);
  std::size_t text_size = 0;
  escape(refusal.text, refusal.serialisation, [&](std::string_view part) { text_size += part.size(); });
  const bool cbor = refusal.serialisation == policy::Serialisation::Cbor;
  const std::size_t cbor_head = !cbor ? 0 : text_size >= 24 ? 2 : 1;
  const std::uint16_t status = refusal.status.value_or(policy::http_status_of(refusal.code));

  append_status_line(out, status);
  append_line(out, "X-M2M-RSC", static_cast<std::uint64_t>(refusal.code));
  append_echo(out, "X-M2M-RI", refusal.request_id, kMaxEchoedRequestId);
  append_echo(out, "X-M2M-RVI", refusal.release_version, kMaxEchoedRelease);
  append_line(out, "Content-Type", form.media_type);
  if (status == 405) append(out, "Allow: GET, POST, PUT, DELETE\r\n");  // RFC 9110 15.5.6
  append(out, refusal.close ? "Connection: close\r\n" : "Connection: keep-alive\r\n");
  append_line(out, "Content-Length", form.start.size() + cbor_head + text_size + form.end.size());
  append(out, "\r\n");
  if (refusal.head_only) return;
  append(out, form.start);
  if (cbor) append_cbor_text_head(out, text_size);
  escape(refusal.text, refusal.serialisation, [&](std::string_view part) { append(out, part); });
  append(out, form.end);
}

}  // namespace saproxy::proxy::http
