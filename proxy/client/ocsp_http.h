// OCSP over plain HTTP: POST, one connection for each question, no redirects.
// Spec: RFC 6960 A.1; RFC 5019 5
#pragma once

#include <uv.h>

#include <memory>
#include <string>

#include "policy/config.h"
#include "proxy/client/http_client.h"
#include "proxy/client/name_resolver.h"
#include "proxy/client/ocsp_transport.h"

namespace saproxy::proxy {

// The request as it goes out.
[[nodiscard]] std::string ocsp_http_request(const policy::ResponderUrl& url, identity::ByteView request);
// Is it a 200 with an OCSP response? Unsupported: why not.
[[nodiscard]] identity::Result<void> check_ocsp_http_head(const http::ResponseHead& head);

// A responder that a certificate names is asked only where a point of access might lead, too: never on this machine,
// where the CSE in plaintext, which nobody may reach around the gate, may be who listens.
class HttpOcspTransport final : public OcspTransport {
 public:
  // `room` and `names` must outlive it.
  HttpOcspTransport(LinkRoom& room, NameResolver& names, policy::ResponderUrl url, OcspNamedBy named_by,
                    policy::Milliseconds timeout)
      : room_(room), names_(names), url_(std::move(url)), named_by_(named_by), timeout_(timeout) {}
  void ask(const identity::Bytes& request, Answered answered) override;

 private:
  void connect(const IpAddress& address);
  void failed(identity::ErrorCode code, std::string detail);

  LinkRoom& room_;
  NameResolver& names_;
  policy::ResponderUrl url_;
  OcspNamedBy named_by_;
  policy::Milliseconds timeout_;
  std::unique_ptr<NameResolver::Question> question_;
  std::unique_ptr<HttpClient> client_;
  std::string text_;
  Answered answered_;
};

}  // namespace saproxy::proxy
