#include "proxy/client/ocsp_http.h"

#include <utility>

#include "identity/domain_name.h"
#include "policy/egress_rules.h"
#include "proxy/client/own_addresses.h"
#include "proxy/loop/socket_address.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr std::string_view kResponseType = "application/ocsp-response";
constexpr http::ParseLimits kLimits{.max_head_bytes = 8192, .max_headers = 64, .max_body = 65536};

std::string_view media_type_of(std::string_view value) {
  value = value.substr(0, value.find(';'));
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  return value;
}

// For responders that certificates name. Our own network is where those of a private PKI are.
std::optional<policy::EgressDenial> denies(const IpAddress& address, std::uint16_t port) {
  const auto own = own_addresses();
  if (!own) return policy::EgressDenial::OwnAddress;
  policy::EgressSettings settings;
  settings.ports = {{1, 65535}};
  settings.deny_own_networks = false;
  return policy::EgressRules(settings, *own).denies(address, port);
}

}  // namespace

std::string ocsp_http_request(const policy::ResponderUrl& url, identity::ByteView request) {
  std::string text = "POST " + url.target + " HTTP/1.1\r\nHost: " + url.authority();
  text.append("\r\nContent-Type: application/ocsp-request\r\nAccept: ").append(kResponseType);
  text.append("\r\nConnection: close\r\nContent-Length: ").append(std::to_string(request.size()));
  return text.append("\r\n\r\n").append(identity::as_text(request));
}

Result<void> check_ocsp_http_head(const http::ResponseHead& head) {
  if (head.status != 200) return fail(ErrorCode::Unsupported, "HTTP " + std::to_string(head.status));
  const http::Field* type = head.find("Content-Type");
  if (type == nullptr || !identity::equals_ignoring_case(media_type_of(type->value), kResponseType))
    return fail(ErrorCode::Unsupported, "its Content-Type is not application/ocsp-response");
  return {};
}

void HttpOcspTransport::ask(const identity::Bytes& request, Answered answered) {
  text_ = ocsp_http_request(url_, request);
  answered_ = std::move(answered);
  // Literal addresses answer at once.
  question_ = names_.resolve(url_.host, [this](const NameAnswer& found) {
    if (!found)
      return failed(ErrorCode::NotFound, url_.host + ": name resolution: " + std::string(to_text(found.error())));
    const IpAddress address = found->front();
    const auto denial = named_by_ == OcspNamedBy::Certificate ? denies(address, url_.port) : std::nullopt;
    if (denial)
      return failed(ErrorCode::NotPermitted, url_.authority() + " is not in allow, and " + address.text() +
                                                 " is denied: " + std::string(to_text(*denial)));
    connect(address);
  });
}

void HttpOcspTransport::connect(const IpAddress& address) {
  client_ = std::make_unique<HttpClient>(room_, socket_address(address, url_.port),
                                         ClientLimits{.connect = timeout_, .handshake = timeout_, .answer = kLimits});
  client_->ask(std::move(text_), timeout_, [this](const Result<ClientAnswer, ClientError>& whole) {
    if (!whole) {
      const bool unreadable = whole.error().kind == ClientError::Kind::BadAnswer;
      return failed(unreadable ? ErrorCode::BadSyntax : ErrorCode::Failed, whole.error().detail);
    }
    if (const auto right = check_ocsp_http_head(whole->head); !right)
      return failed(right.error().code, right.error().detail);
    const Answered told = std::exchange(answered_, nullptr);
    told(identity::as_bytes(whole->body));
  });
}

void HttpOcspTransport::failed(ErrorCode code, std::string detail) {
  const Answered told = std::exchange(answered_, nullptr);
  told(fail(code, std::move(detail)));
}

}  // namespace saproxy::proxy
