// OcspClient: asks responders about certificates, once whoever asks, and keeps what they say.
//
//   workers ─ ask ─▶ known? ▸ queue ▸ OcspTransport ▸ OcspMessage (wolfSSL) ▸ verdict ─▶ OcspCache, all who asked
//
// Lives on the control loop; ask() and the cache are for all threads. Every ask() is answered within the timeout of the
// configuration. Spec: RFC 6960; TS-0003 8.1.2.2
#pragma once

#include <uv.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "policy/ocsp.h"
#include "proxy/client/ocsp_cache.h"
#include "proxy/client/ocsp_transport.h"
#include "proxy/loop/mailbox.h"
#include "proxy/loop/uv_handle.h"
#include "proxy/session/ocsp_message.h"

namespace saproxy::proxy {

struct OcspQuestion {
  identity::Bytes certificate;  // DER
  identity::Bytes issuer;       // of it; DER
  std::string credential_id;    // for the log
};

// For metrics. Control thread only.
struct OcspReport {
  std::array<std::uint64_t, policy::kOcspVerdictCount> verdicts{};
  std::uint64_t questions = 0;  // sent or waiting to be
  std::uint64_t in_flight = 0;
  std::uint64_t waiting = 0;  // who waits for them
  std::uint64_t cached = 0;
  double oldest_seconds = 0;
};

class OcspClient {
 public:
  struct Callbacks {
    std::function<void(policy::LogSettings::Level, const std::string&)> inform;
    std::function<std::unique_ptr<OcspTransport>(const policy::ResponderUrl&, OcspNamedBy,
                                                 policy::Milliseconds timeout)>
        connect;
    std::function<std::int64_t()> unix_seconds;
  };
  // On the control thread.
  using Answered = std::function<void(const KnownVerdict&)>;

  OcspClient(uv_loop_t* loop, Callbacks callbacks, std::uint32_t seed);
  ~OcspClient();
  OcspClient(const OcspClient&) = delete;
  OcspClient& operator=(const OcspClient&) = delete;

  // Before anyone asks. Fails when the loop cannot be woken.
  [[nodiscard]] identity::Result<bool> open();
  // No question is answered from here on.
  void close();
  // What is known is forgotten when other settings may have led to something else. Questions under way end as they
  // began.
  void configure(const policy::OcspSettings& settings);

  // Any thread. False when the client is closed.
  [[nodiscard]] bool ask(OcspQuestion question, Answered answered);
  [[nodiscard]] const OcspCache& cache() const { return cache_; }
  [[nodiscard]] OcspReport report() const;

 private:
  struct Mail {
    OcspQuestion question;
    Answered answered;
  };
  struct Open;  // a question that somebody waits for
  using OpenQuestions = std::map<OcspKey, std::unique_ptr<Open>>;

  static void on_timer(uv_timer_t* timer) noexcept;
  void take(Mail mail);
  void begin_more();
  void begin(Open& open);
  void answered(const OcspKey& key, const identity::Result<identity::ByteView>& response);
  void finish(const OcspKey& key, const OcspMessage::Reading& reading);
  [[nodiscard]] KnownVerdict known_from(const OcspMessage::Reading& reading);
  [[nodiscard]] KnownVerdict without_answer(const OcspKey& key, const OcspMessage::Reading& reading);
  void end_late();
  void arm(OcspTime deadline);
  void say(const Open& open, const OcspMessage::Reading& reading);
  [[nodiscard]] OcspTime now() const { return uv_now(loop_); }

  uv_loop_t* loop_;
  Callbacks callbacks_;
  std::mt19937 random_;
  policy::OcspSettings settings_;
  OcspCache cache_;
  OpenQuestions open_;
  std::deque<OcspKey> queue_;     // not yet begun; one that is no longer open is skipped
  std::uint64_t generation_ = 0;  // of the settings
  std::size_t in_flight_ = 0;
  std::size_t waiting_ = 0;
  UvHandle<uv_timer_t> timer_;
  OcspTime armed_for_ = UINT64_MAX;
  Mailbox<Mail> mailbox_;
  std::array<std::uint64_t, policy::kOcspVerdictCount> verdicts_{};
  OcspTime next_line_ = 0;
  std::uint64_t unsaid_ = 0;
};

}  // namespace saproxy::proxy
