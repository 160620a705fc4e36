#include "proxy/admin/routes.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>

#include "identity/entity_id.h"
#include "proxy/admin/metrics.h"
#include "proxy/admin/server.h"
#include "proxy/binding/http/target.h"

namespace saproxy::proxy {
namespace {

std::string_view phrase_of(std::uint16_t status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
  }
  return "Error";
}

AdminAnswer text(std::uint16_t status, std::string body) {
  AdminAnswer answer;
  answer.status = status;
  answer.body = std::move(body) + "\n";
  return answer;
}

AdminAnswer only(std::string_view methods) {
  AdminAnswer answer = text(405, "method not allowed");
  answer.allow = methods;
  return answer;
}

// A page in a browser of this machine could make it post here; browsers say so, command-line clients never do.
bool comes_from_a_web_page(const http::RequestHead& head) {
  return head.find("Origin") != nullptr || head.find("Sec-Fetch-Site") != nullptr;
}

AdminAnswer shut_down(const http::RequestHead& head) {
  if (head.method != http::Method::Post) return only("POST");
  if (comes_from_a_web_page(head)) return text(403, "not for web pages");
  AdminAnswer answer = text(202, "draining");
  answer.shutdown = true;
  return answer;
}

// The only parameter, "id=" and a percent-encoded AE-ID-Stem or CSE-ID. Empty: it is something else.
std::optional<std::string> registree_of(std::string_view query) {
  constexpr std::string_view kName = "id=";
  if (!query.starts_with(kName)) return std::nullopt;
  auto id = http::percent_decode(query.substr(kName.size()));
  return id && identity::is_registree_id(*id) ? std::move(id) : std::nullopt;
}

AdminAnswer forget(const http::RequestHead& head, const AdminCallbacks& callbacks) {
  if (!callbacks.forget) return text(404, "this saproxy keeps no registry");
  if (head.method != http::Method::Post) return only("POST");
  if (comes_from_a_web_page(head)) return text(403, "not for web pages");
  const std::optional<std::string> id = registree_of(http::split_target(head.target).query);
  if (!id) return text(400, "the query is not id=, an AE-ID-Stem or CSE-ID");
  switch (callbacks.forget(*id)) {
    case Forgotten::Done: return text(200, "forgot " + *id);
    case Forgotten::NotFound: return text(404, *id + " is not registered");
    case Forgotten::Failed: break;
  }
  return text(500, "the registry could not be written, and still has " + *id);
}

// With an id that of one registree, without a query that of all.
AdminAnswer show_associations(const http::RequestHead& head, const AdminCallbacks& callbacks) {
  if (!callbacks.ask_egress) return text(404, "this saproxy reaches no registrees");
  if (head.method != http::Method::Get) return only("GET");
  if (comes_from_a_web_page(head)) return text(403, "not for web pages");
  const std::string_view query = http::split_target(head.target).query;
  std::optional<std::string> id = registree_of(query);
  if (!id && head.target.find('?') != std::string_view::npos)
    return text(400, "the query is not id=, an AE-ID-Stem or CSE-ID");
  AdminAnswer answer;
  answer.asks_egress = id.value_or("");
  return answer;
}

AdminAnswer explain(const http::RequestHead& head, const AdminCallbacks& callbacks) {
  if (!callbacks.explain) return text(404, "this saproxy explains nothing");
  if (head.method != http::Method::Get) return only("GET");
  if (comes_from_a_web_page(head)) return text(403, "not for web pages");
  const std::optional<ExplainQuestion> question = parse_explain_query(http::split_target(head.target).query);
  if (!question) return text(400, "the query is not one of `saproxy explain`");
  std::optional<std::string> said = callbacks.explain(*question);
  if (!said) return text(404, "there is no such listener");
  AdminAnswer answer;
  answer.body = *std::move(said);
  return answer;
}

AdminAnswer reconcile(const http::RequestHead& head, const AdminCallbacks& callbacks) {
  if (!callbacks.reconcile) return text(404, "this saproxy keeps no registry");
  if (head.method != http::Method::Post) return only("POST");
  if (comes_from_a_web_page(head)) return text(403, "not for web pages");
  AdminText said = callbacks.reconcile();
  return text(said.status, std::move(said.text));
}

AdminAnswer reconciliation(const http::RequestHead& head, const AdminCallbacks& callbacks) {
  if (!callbacks.reconciliation) return text(404, "this saproxy keeps no registry");
  if (head.method != http::Method::Get && head.method_text != "HEAD") return only("GET, HEAD");
  AdminText said = callbacks.reconciliation();
  return text(said.status, std::move(said.text));
}

AdminAnswer ready(const AdminCallbacks& callbacks) {
  const Readiness state = callbacks.ready();
  return state.ready ? text(200, "ready") : text(503, state.reason);
}

AdminAnswer metrics(const AdminCallbacks& callbacks) {
  AdminAnswer answer;
  answer.content_type = kMetricsContentType;
  answer.body = callbacks.metrics();
  return answer;
}

AdminAnswer answer_path(const http::RequestHead& head, const AdminCallbacks& callbacks) {
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  if (path == "/shutdown") return shut_down(head);
  if (path == "/registry/forget") return forget(head, callbacks);
  if (path == "/registry/associations") return show_associations(head, callbacks);
  if (path == "/explain") return explain(head, callbacks);
  if (path == "/registry/reconcile") return reconcile(head, callbacks);
  if (path == "/registry/reconciliation") return reconciliation(head, callbacks);
  const bool known = path == "/live" || path == "/ready" || path == "/metrics";
  if (!known) return text(404, "not found");
  if (head.method != http::Method::Get && head.method_text != "HEAD") return only("GET, HEAD");
  if (path == "/live") return text(200, "live");
  return path == "/ready" ? ready(callbacks) : metrics(callbacks);
}

}  // namespace

AdminAnswer route(const http::RequestHead& head, const AdminCallbacks& callbacks) {
  AdminAnswer answer = answer_path(head, callbacks);
  answer.head_only = head.method_text == "HEAD";
  answer.close = !head.keep_alive || answer.asks_egress;
  return answer;
}

AdminAnswer answer_later(std::uint16_t status, std::string lines) {
  AdminAnswer answer;
  answer.status = status;
  answer.body = std::move(lines);
  answer.close = true;
  return answer;
}

AdminAnswer refuse_malformed(std::uint16_t status) {
  AdminAnswer answer = text(status, "malformed request");
  answer.close = true;
  return answer;
}

std::string serialise(const AdminAnswer& answer) {
  std::string out;
  out.reserve(answer.body.size() + 256);
  fmt::format_to(std::back_inserter(out),
                 "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: "
                 "no-store\r\nX-Content-Type-Options: nosniff\r\n",
                 answer.status, phrase_of(answer.status), answer.content_type, answer.body.size());
  if (!answer.allow.empty()) fmt::format_to(std::back_inserter(out), "Allow: {}\r\n", answer.allow);
  if (answer.close) out += "Connection: close\r\n";
  out += "\r\n";
  if (!answer.head_only) out += answer.body;
  return out;
}

}  // namespace saproxy::proxy
