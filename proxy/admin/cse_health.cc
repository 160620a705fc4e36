#include "proxy/admin/cse_health.h"

#include <chrono>
#include <optional>
#include <utility>

#include "proxy/admin/cse_probe.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

struct CseHealth::Parts {
  Parts(uv_loop_t* on, std::function<std::int64_t()> answered, std::function<void(bool, const std::string&)> report)
      : loop(on), last_answer(std::move(answered)), changed(std::move(report)) {}

  static void on_tick(uv_timer_t* handle) noexcept {
    if (auto* parts = owner_of<Parts>(handle)) parts->tick();
  }
  void start(const policy::CseSettings& settings);
  void tick();
  [[nodiscard]] bool answered_lately() const;
  void begin_probe();
  void learned(const CseCondition& condition);

  uv_loop_t* loop;
  std::function<std::int64_t()> last_answer;
  std::function<void(bool, const std::string&)> changed;
  policy::CseSettings cse;
  UvHandle<uv_timer_t> timer;
  std::unique_ptr<CseProbe> probe;
  std::optional<bool> up;  // as told last
};

void CseHealth::Parts::start(const policy::CseSettings& settings) {
  probe.reset();  // it asks the old address, and refers to the old settings
  cse = settings;
  const int opened = timer ? 0 : timer.open(this, [this](uv_timer_t* handle) { return uv_timer_init(loop, handle); });
  if (opened != 0) return learned({false, uv_strerror(opened)});
  uv_timer_start(timer.get(), &on_tick, 0, static_cast<std::uint64_t>(cse.health_interval.count()));
}

void CseHealth::Parts::tick() {
  if (answered_lately()) {
    probe.reset();
    return learned({true, ""});
  }
  if (!probe) begin_probe();  // the last one may still wait for its answer
}

// Workers note whole seconds: an answer of this second or of the interval before it.
bool CseHealth::Parts::answered_lately() const {
  using std::chrono::duration_cast, std::chrono::seconds, std::chrono::system_clock;
  const std::int64_t now = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
  const std::int64_t age = now - last_answer();
  return age >= 0 && age <= duration_cast<seconds>(cse.health_interval).count();
}

void CseHealth::Parts::begin_probe() {
  probe = std::make_unique<CseProbe>(loop, cse, [this](const CseCondition& condition) {
    // The probe is on the stack and must outlive this call; `changed` may destroy everything else.
    const std::unique_ptr<CseProbe> over = std::move(probe);
    learned(condition);
  });
  if (const int status = probe->begin(); status != 0) {
    probe.reset();
    learned({false, uv_strerror(status)});
  }
}

void CseHealth::Parts::learned(const CseCondition& condition) {
  if (up == condition.up) return;
  up = condition.up;
  const auto report = changed;
  report(condition.up, condition.reason);
}

CseHealth::CseHealth(uv_loop_t* loop, std::function<std::int64_t()> last_answer,
                     std::function<void(bool, const std::string&)> changed)
    : parts_(std::make_unique<Parts>(loop, std::move(last_answer), std::move(changed))) {}

CseHealth::~CseHealth() = default;

void CseHealth::configure(const policy::CseSettings& cse) { parts_->start(cse); }

}  // namespace saproxy::proxy
