#include "proxy/egress/messages.h"

#include "proxy/binding/http/header_rules.h"
#include "proxy/binding/http/output.h"
#include "proxy/binding/http/syntax.h"

namespace saproxy::proxy {
namespace {

using http::append;
using http::append_line;

// A server that knows HTTP only. Spec: TS-0009 table 6.3.2-1, the other way round
std::uint16_t response_code_of(std::uint16_t status) {
  switch (status) {
    case 200: return 2000;
    case 201: return 2001;
    case 202: return 1000;
    case 204: return 2004;
    case 403: return 4103;
    case 404: return 4004;
    case 405: return 4005;
    case 501: return 5001;
    default: break;
  }
  if (status < 300) return 2000;
  return status < 500 ? 4000 : 5000;
}

// Between what the point of access has and what the CSE puts behind it there is one slash.
std::string path_of(const policy::PointOfAccess& point, std::string_view path) {
  std::string whole = point.path;
  if (whole.ends_with('/') && path.starts_with('/')) whole.pop_back();
  whole += path;
  return whole.empty() ? "/" : whole;
}

}  // namespace

std::string egress_request(const http::RequestHead& head, const policy::PointOfAccess& point, std::string_view path,
                           std::string_view query, std::string_view body, const policy::HeaderSettings& headers) {
  http::Output out;
  out.reserve(head.storage.size() + body.size() + 128);
  append(out, head.method_text);
  append(out, " ");
  append(out, path_of(point, path));
  if (!query.empty()) {
    append(out, "?");
    append(out, query);
  }
  append(out, " HTTP/1.1\r\n");
  append_line(out, "Host", point.authority());
  const http::HeaderFilter filter(headers, head.fields);
  for (const http::Field& field : head.fields) {
    if (http::equals_fold(field.name, "Host") || http::equals_fold(field.name, "Expect") ||
        http::equals_fold(field.name, "Accept-Encoding") || !filter.passes(field))
      continue;
    append_line(out, field.name, field.value);
  }
  if (!body.empty() || head.method == http::Method::Post || head.method == http::Method::Put)
    append_line(out, "Content-Length", body.size());
  append(out, "\r\n");
  append(out, body);
  return {out.begin(), out.end()};
}

bool answers(const http::ResponseHead& head, std::string_view request_id) {
  const http::Field* id = head.find("X-M2M-RI");
  return id == nullptr || request_id.empty() || id->value == request_id;
}

void egress_answer(http::Output& out, const http::ResponseHead& head, std::string_view body,
                   std::string_view request_id, bool close, const policy::HeaderSettings& headers) {
  http::BodyFraming framing;
  if (!head.no_body && !body.empty()) framing = {http::BodyFraming::Kind::Length, body.size()};
  http::write_response_head(out, head, framing, close, headers);
  out.resize(out.size() - 2);  // the empty line
  if (head.find("X-M2M-RSC") == nullptr) append_line(out, "X-M2M-RSC", response_code_of(head.status));
  if (head.find("X-M2M-RI") == nullptr && !request_id.empty()) append_line(out, "X-M2M-RI", request_id);
  append(out, "\r\n");
  append(out, body);
}

}  // namespace saproxy::proxy
