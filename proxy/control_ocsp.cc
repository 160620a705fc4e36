// Control and OCSP: how responders are reached.
#include <random>

#include "proxy/client/ocsp_http.h"
#include "proxy/control.h"
#include "proxy/loop/clock.h"

namespace saproxy::proxy {

identity::Result<bool> Control::start_ocsp() {
  room_ = std::make_unique<LinkRoom>(&loop_);
  names_ = std::make_unique<NameResolver>(&loop_, NameResolver::Settings{});
  OcspClient::Callbacks callbacks;
  callbacks.inform = [this](policy::LogSettings::Level level, const std::string& text) { inform(level, text); };
  callbacks.connect = [this](const policy::ResponderUrl& url, OcspNamedBy named_by, policy::Milliseconds timeout) {
    return std::make_unique<HttpOcspTransport>(*room_, *names_, url, named_by, timeout);
  };
  callbacks.unix_seconds = [] { return unix_seconds(); };
  ocsp_ = std::make_unique<OcspClient>(&loop_, std::move(callbacks), std::random_device{}());
  ocsp_->configure(live_->snapshot->config().ocsp);
  return ocsp_->open();
}

}  // namespace saproxy::proxy
