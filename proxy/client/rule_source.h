// RuleSource: keeps the application rules of this CSE as the service provider has them.
//
//   RuleSchedule ─▶ RuleFetch ◂─▸ CseTransport ─▶ a profile, told when it is another one
//
// While the source is away or lies, the last good copy serves, for max_age. Lives on the control loop.
// Spec: TS-0004 7.3.2.7 ("local copy or RETRIEVE at the IN-CSE")
#pragma once

#include <uv.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "policy/config.h"
#include "policy/gate_rules.h"
#include "policy/rule_fetch.h"
#include "proxy/client/cse_transport.h"
#include "proxy/client/rule_schedule.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

// How a fetch ended.
enum class FetchResult : std::uint8_t {
  Ok,
  NoNode,       // the source knows no node of this CSE
  Unreachable,  // nobody answers, or too slowly
  Refused,      // the source answers with an error
  Malformed,    // what it answers makes no sense
  TooMuch,      // more than the bounds
};
inline constexpr std::size_t kFetchResultCount = static_cast<std::size_t>(FetchResult::TooMuch) + 1;
[[nodiscard]] std::string_view to_text(FetchResult result);

// For metrics. Control thread only.
struct RuleSourceReport {
  std::array<std::uint64_t, kFetchResultCount> fetches{};
  std::int64_t last_success = 0;  // Unix seconds of the last Ok or NoNode; 0: none yet
};

class RuleSource {
 public:
  struct Callbacks {
    // Another profile is in force: see profile(). It may not destroy the source.
    std::function<void()> changed;
    std::function<void(policy::LogSettings::Level, const std::string&)> inform;
    // How this configuration's source is reached.
    std::function<std::unique_ptr<CseTransport>(const policy::RuleSourceSettings&, const policy::CseSettings&)> connect;
  };

  RuleSource(uv_loop_t* loop, Callbacks callbacks, std::uint32_t seed);
  ~RuleSource();
  RuleSource(const RuleSource&) = delete;
  RuleSource& operator=(const RuleSource&) = delete;

  // Starts, goes on or stops, as the configuration says. What was fetched stays while it is the same source and the
  // same CSE; profile() is Pending otherwise. Tells no change.
  void configure(const policy::Config& config);
  // Somebody misses a rule: fetch soon.
  void wanted();
  // Unused while nothing is to be fetched.
  [[nodiscard]] const policy::ServiceProfile& profile() const { return profile_; }
  [[nodiscard]] const RuleSourceReport& report() const { return report_; }

 private:
  static void on_timer(uv_timer_t* timer) noexcept;
  void look();
  void begin();
  void ask();
  void answered(const identity::Result<policy::CseAnswer>& answer);
  void done();
  void failed(const identity::Error& error);
  void stop_fetch();
  void arm();
  void use(policy::ServiceProfile profile);
  void say(FetchResult result, const std::string& text);
  [[nodiscard]] bool copy_is_too_old() const;
  [[nodiscard]] bool same_source(const policy::Config& config) const;
  [[nodiscard]] std::uint64_t now() const { return uv_now(loop_); }

  uv_loop_t* loop_;
  Callbacks callbacks_;
  std::mt19937 random_;
  policy::RuleSourceSettings source_;
  policy::CseSettings cse_;
  UvHandle<uv_timer_t> timer_;
  policy::ServiceProfile profile_;
  std::optional<RuleSchedule> schedule_;  // none: nothing is to be fetched
  std::optional<policy::RuleFetch> fetch_;
  std::unique_ptr<CseTransport> transport_;  // of the fetch that goes on
  std::uint64_t fetch_deadline_ = 0;         // likewise
  std::optional<std::uint64_t> last_good_;   // of the loop's clock
  std::optional<FetchResult> last_said_;
  RuleSourceReport report_;
};

}  // namespace saproxy::proxy
