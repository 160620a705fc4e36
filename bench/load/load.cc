#include "bench/load/load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace saproxy::bench {
namespace {

using Outcome = Client::Outcome;
// Handshakes in progress while connections are being opened.
constexpr std::size_t kOpening = 32;
constexpr std::size_t kEvents = 256;
constexpr std::uint64_t kMaxReserved = 1U << 22U;
constexpr Clock::duration kTick = std::chrono::milliseconds(100);

}  // namespace

Load::Load(const Options& options, SSL_CTX* context)
    : options_(options),
      context_(context),
      script_(options),
      clients_(options.connections),
      epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Load::~Load() {
  clients_.clear();
  close(epoll_);
}

void Load::begin_phase() { phase_began_ = Clock::now(); }

void Load::end_phase() { report_.seconds = std::chrono::duration<double>(Clock::now() - phase_began_).count(); }

bool Load::turn(const Step& step, Clock::time_point until) {
  const auto now = Clock::now();
  if (std::chrono::duration<double>(now - phase_began_).count() > options_.timeout) return false;
  const auto wait =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::clamp(until - now, Clock::duration(0), kTick));
  const timespec limit{0, static_cast<long>(wait.count())};
  std::array<epoll_event, kEvents> events;
  const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64);
    const Outcome outcome = clients_[index].on_event();
    if (outcome != Outcome::Waiting) step(index, outcome);
  }
  return true;
}

void Load::dial(std::size_t index, Clock::time_point began, const Step& step) {
  Client& client = clients_[index];
  client.began = began;
  if (!client.dial(context_, options_, epoll_, index)) step(index, Outcome::Failed);
}

void Load::ask(std::size_t index, Clock::time_point began, const Step& step) {
  clients_[index].began = began;
  const Outcome outcome = clients_[index].ask(script_, index, next_number_++);
  if (outcome != Outcome::Waiting) step(index, outcome);
}

void Load::count(std::size_t index, Outcome outcome) {
  if (outcome == Outcome::Failed) {
    ++report_.failed;
    return;
  }
  ++report_.right;
  report_.bytes += script_.bytes_each_way();
  const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - clients_[index].began);
  report_.latencies.push_back(static_cast<std::uint32_t>(taken.count()));
}

bool Load::open_all() {
  std::size_t open = 0;
  std::size_t failed = 0;
  const Step step = [&](std::size_t index, Outcome outcome) {
    if (outcome == Outcome::Established) return ask(index, Clock::now(), step);
    if (outcome == Outcome::Failed) ++failed;
    if (outcome == Outcome::Answered) ++open;
  };
  begin_phase();
  for (std::size_t dialled = 0; open + failed < clients_.size();) {
    while (dialled < clients_.size() && dialled - open - failed < kOpening) dial(dialled++, Clock::now(), step);
    if (!turn(step, Clock::time_point::max())) return false;
  }
  end_phase();
  return failed == 0;
}

Clock::time_point Load::due(std::uint64_t number) const {
  return options_.rate == 0 ? phase_began_
                            : phase_began_ + std::chrono::nanoseconds(number * 1'000'000'000 / options_.rate);
}

void Load::start_what_is_due(const Step& step) {
  while (more_to_start()) {
    const auto now = Clock::now();
    const auto when = due(report_.started);
    if (when > now) return;
    const std::size_t index = unused_.front();
    unused_.pop_front();
    ++report_.started;
    // Measured from when it was due: a server that stalls does not get its waiting time for nothing.
    const auto began = options_.rate == 0 ? now : when;
    options_.mode == Mode::Handshake ? dial(index, began, step) : ask(index, began, step);
  }
}

void Load::run(const std::function<bool()>& stopped) {
  const bool handshakes = options_.mode == Mode::Handshake;
  const Step step = [&](std::size_t index, Outcome outcome) {
    if (outcome == Outcome::Established) return ask(index, clients_[index].began, step);
    count(index, outcome);
    if (handshakes) clients_[index].hang_up();
    // A connection that was to be kept and failed is not opened again.
    if (handshakes || outcome == Outcome::Answered) unused_.push_back(index);
    if (options_.rate == 0) start_what_is_due(step);
  };
  for (std::size_t index = 0; index < clients_.size(); ++index) unused_.push_back(index);
  report_.latencies.reserve(std::min<std::uint64_t>(options_.count, kMaxReserved));
  begin_phase();
  bool in_time = true;
  while (in_time && ended() < options_.count && !stopped()) {
    start_what_is_due(step);
    if (ended() == report_.started && !more_to_start()) break;
    in_time = turn(step, more_to_start() ? due(report_.started) : Clock::time_point::max());
  }
  end_phase();
  if (!stopped()) report_.failed = options_.count - report_.right;
}

void Load::look_for_lost() {
  const Step step = [&](std::size_t, Outcome outcome) {
    if (outcome == Outcome::Failed) ++report_.failed;
  };
  begin_phase();
  for (std::size_t seen = 0; seen <= clients_.size(); seen += kEvents) static_cast<void>(turn(step, Clock::now()));
  report_.right = clients_.size() - report_.failed;
  end_phase();
}

}  // namespace saproxy::bench
