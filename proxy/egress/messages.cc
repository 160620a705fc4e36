#include "proxy/egress/messages.h"

#include "policy/content_translation.h"
#include "policy/originator_view.h"
#include "proxy/binding/http/header_rules.h"
#include "proxy/binding/http/output.h"
#include "proxy/binding/http/syntax.h"
#include "proxy/binding/http/to_primitive.h"

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

// Fields of an answer that are written by us, once: the far end neither leaves them out nor adds another spelling.
bool is_ours(std::string_view name) {
  const http::FoldedName folded(name);
  return folded.view() == "xm2mrsc" || folded.view() == "xm2mri";
}

// Between what the point of access has and what the CSE puts behind it there is one slash.
std::string path_of(const policy::PointOfAccess& point, std::string_view path) {
  std::string whole = point.path;
  if (whole.ends_with('/') && path.starts_with('/')) whole.pop_back();
  whole += path;
  return whole.empty() ? "/" : whole;
}

// S-type stems name an AE to the whole service provider; those without a letter behind it name none.
std::string originator(std::string_view from, const std::string& registrar_of_aes) {
  constexpr bool kCommas = true;  // of tinyIoT; whoever gets it judges it
  const bool is_ours = from.starts_with('C') && policy::is_stem(from, kCommas);
  return (is_ours && !registrar_of_aes.empty() ? registrar_of_aes + "/" : std::string()) + std::string(from);
}

}  // namespace

std::string egress_request(const http::RequestHead& head, const policy::PointOfAccess& point, const EgressParts& parts,
                           const policy::HeaderSettings& headers) {
  const std::string& body = parts.body;
  http::Output out;
  out.reserve(head.storage.size() + body.size() + 128);
  append(out, head.method_text);
  append(out, " ");
  append(out, path_of(point, parts.path));
  if (!parts.query.empty()) {
    append(out, "?");
    append(out, parts.query);
  }
  append(out, " HTTP/1.1\r\n");
  append_line(out, "Host", point.authority());
  const http::HeaderFilter filter(headers, head.fields);
  for (const http::Field& field : head.fields) {
    if (http::equals_fold(field.name, "Host") || http::equals_fold(field.name, "Expect") ||
        http::equals_fold(field.name, "Accept-Encoding") || !filter.passes(field))
      continue;
    const bool is_from = http::equals_fold(field.name, "X-M2M-Origin");
    append_line(out, field.name, is_from ? originator(field.value, parts.registrar_of_aes) : field.value);
  }
  if (!body.empty() || head.method == http::Method::Post || head.method == http::Method::Put)
    append_line(out, "Content-Length", body.size());
  append(out, "\r\n");
  append(out, body);
  return {out.begin(), out.end()};
}

std::optional<std::string> registrar_answer(const http::ResponseHead& head, std::string_view body,
                                            const identity::CseId& registrar, const policy::LocalAddresses& door) {
  const http::Field* type = head.find("Content-Type");
  const auto serialisation = type == nullptr ? std::nullopt : http::serialisation_of(type->value);
  if (!serialisation || body.find("poa") == body.npos) return std::nullopt;
  auto other = policy::replace_base_points_of_access(*serialisation, body, registrar, {door.origin()});
  return other ? *std::move(other) : std::nullopt;
}

std::string_view why_no_answer(const http::ResponseHead& head, std::string_view request_id) {
  if (head.status >= 300 && head.status < 400) return "it sends us elsewhere";
  const http::Field* id = head.find("X-M2M-RI");
  if (id != nullptr && !request_id.empty() && id->value != request_id) return "it has the X-M2M-RI of another request";
  return {};
}

void egress_answer(http::Output& out, const http::ResponseHead& head, std::string_view body,
                   std::string_view request_id, bool close, const policy::HeaderSettings& headers) {
  http::BodyFraming framing;
  if (!head.no_body && !body.empty()) framing = {http::BodyFraming::Kind::Length, body.size()};
  http::ResponseHead rest;  // views into `head`
  rest.status = head.status;
  rest.no_body = head.no_body;
  for (const http::Field& field : head.fields)
    if (!is_ours(field.name)) rest.fields.push_back(field);
  http::write_response_head(out, rest, framing, close, headers);
  out.erase(out.end() - 2, out.end());  // the empty line
  append_line(out, "X-M2M-RSC", head.response_code() != 0 ? head.response_code() : response_code_of(head.status));
  if (!request_id.empty()) append_line(out, "X-M2M-RI", request_id);
  append(out, "\r\n");
  append(out, body);
}

}  // namespace saproxy::proxy
