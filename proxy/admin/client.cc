#include "proxy/admin/client.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "identity/printable.h"
#include "proxy/binding/http/parser.h"
#include "proxy/binding/http/target.h"
#include "proxy/loop/socket.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr policy::Seconds kTimeout{10};
// What `saproxy registry reconcile` reads has up to 2,000 names, and there may be 10,000 associations.
constexpr http::ParseLimits kLimits{.max_head_bytes = 4096, .max_headers = 32, .max_body = std::size_t{8} << 20};

tl::unexpected<identity::Error> no_answer(int number) {
  const bool late = number == EAGAIN || number == EWOULDBLOCK;
  return fail(ErrorCode::Failed, late ? "no answer within 10 s" : std::string("no answer: ") + std::strerror(number));
}

Result<bool> send_all(const Socket& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return no_answer(errno);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Takes what came. True: the answer is whole.
Result<bool> take(http::ResponseParser& parser, std::span<const std::uint8_t> bytes, AdminReply& reply) {
  while (true) {
    const http::Event event = parser.feed(bytes);
    bytes = bytes.subspan(event.consumed);
    switch (event.kind) {
      case http::Event::Kind::NeedMore: return false;
      case http::Event::Kind::Head: reply.status = parser.head().status; break;
      case http::Event::Kind::Body: reply.text.append(event.body.begin(), event.body.end()); break;
      case http::Event::Kind::End: return true;
      case http::Event::Kind::Error:
        return fail(ErrorCode::BadSyntax, "the answer is no HTTP: " + std::string(http::sentence(event.error)));
    }
  }
}

Result<AdminReply> receive(const Socket& socket) {
  AdminReply reply;
  http::ResponseParser parser(kLimits);
  parser.expect(false);
  std::array<std::uint8_t, 4096> part{};
  while (true) {
    const ssize_t size = ::recv(socket.fd(), part.data(), part.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return no_answer(errno);
    if (size == 0) return fail(ErrorCode::Failed, "the connection ended before the answer did");
    SAPROXY_TRY(const bool whole, take(parser, std::span(part).first(static_cast<std::size_t>(size)), reply));
    if (!whole) continue;
    if (reply.text.ends_with('\n')) reply.text.pop_back();
    return reply;
  }
}

Result<AdminReply> ask_at(const policy::Endpoint& admin, const std::string& what) {
  SAPROXY_TRY(const Socket socket, connect_to(admin, kTimeout));
  SAPROXY_TRY(
      [[maybe_unused]] const bool sent,
      send_all(socket, what + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  return receive(socket);
}

Result<AdminReply> ask(const policy::AdminSettings& admin, const std::string& what) {
  if (!admin.address)
    return fail(ErrorCode::Failed, "[admin] names no address at which a running saproxy could be asked");
  const std::string who = "saproxy at " + admin.address->text();
  auto reply = ask_at(*admin.address, what);
  if (!reply) return fail(reply.error().code, who + " cannot be asked: " + reply.error().detail);
  reply->who = who;
  return reply;
}

}  // namespace

Result<std::string> AdminReply::text_of_success() const {
  if (status == 200) return text;
  return fail(ErrorCode::Failed, who + " answers " + std::to_string(status) + ": " + identity::printable(text));
}

Result<AdminReply> ask_to_forget(const policy::AdminSettings& admin, const std::string& entity_id) {
  return ask(admin, "POST /registry/forget?id=" + http::percent_encode(entity_id));
}

Result<AdminReply> ask_for_associations(const policy::AdminSettings& admin, const std::string& entity_id) {
  const std::string query = entity_id.empty() ? "" : "?id=" + http::percent_encode(entity_id);
  return ask(admin, "GET /registry/associations" + query);
}

Result<AdminReply> ask_to_explain(const policy::AdminSettings& admin, const ExplainQuestion& question) {
  return ask(admin, "GET /explain?" + explain_query(question));
}

Result<AdminReply> ask_to_reconcile(const policy::AdminSettings& admin) {
  return ask(admin, "POST /registry/reconcile");
}

Result<AdminReply> read_reconciliation(const policy::AdminSettings& admin) {
  return ask(admin, "GET /registry/reconciliation");
}

}  // namespace saproxy::proxy
