// CseProbe: one look at the CSE: a connect, and if the CSE wants it a request whose every HTTP answer counts.
#pragma once

#include <uv.h>

#include <functional>
#include <span>
#include <string>

#include "policy/config.h"
#include "proxy/binding/http/parser.h"
#include "proxy/client/stream_link.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

struct CseCondition {
  bool up = false;
  std::string reason;  // why it is down: "connection refused", "it does not answer in time", ...
};

class CseProbe final : public LinkUser {
 public:
  // Called once, unless begin() failed; it may destroy the probe.
  using Done = std::function<void(const CseCondition&)>;

  CseProbe(uv_loop_t* loop, const policy::CseSettings& cse, Done done);
  ~CseProbe() override = default;
  CseProbe(const CseProbe&) = delete;
  CseProbe& operator=(const CseProbe&) = delete;

  // 0 or a libuv error.
  [[nodiscard]] int begin();

  void on_link_connected() override {}
  void on_link_up() override;
  void on_link_bytes(std::span<const std::uint8_t> bytes) override;
  void on_link_down(const LinkEnd& end) override;

 private:
  static void on_timeout(uv_timer_t* timer) noexcept;
  void start_timer(policy::Milliseconds limit);
  void down(std::string reason);
  void finish(const CseCondition& condition);

  const policy::CseSettings& cse_;
  Done done_;
  http::ResponseParser parser_;
  LinkRoom room_;
  StreamLink link_;
  UvHandle<uv_timer_t> timer_;
};

// The request of a probe: valid oneM2M, asks for nothing secret, speaks for nobody that exists.
[[nodiscard]] std::string health_request(const policy::CseSettings& cse);

}  // namespace saproxy::proxy
