#include "proxy/admin/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>

#include "identity/printable.h"
#include "proxy/admin/log_line.h"
#include "proxy/admin/rate_limit.h"

namespace saproxy::proxy {
namespace {

using Level = policy::LogSettings::Level;
using Format = policy::LogSettings::Format;

// Lines that wait for a slow reader of standard error. Workers never wait for it: beyond this the oldest line is lost,
// and counted.
constexpr std::size_t kQueuedLines = 1024;
constexpr std::size_t kMessageLimit = 2000;

std::int64_t wall_clock() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()).count();
}

// Lines are made by LogLine; all that is left is the end of the line.
class PlainFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    out.append(message.payload.data(), message.payload.data() + message.payload.size());
    out.push_back('\n');
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<PlainFormatter>(); }
};

class CallSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CallSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    write_(std::string_view(line.data(), line.size()));
  }
  void flush_() override {}
  std::function<void(std::string_view)> write_;
};

spdlog::sink_ptr make_sink(std::function<void(std::string_view)> write) {
  spdlog::sink_ptr sink;
  if (write) {
    sink = std::make_shared<CallSink>(std::move(write));
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  sink->set_formatter(std::make_unique<PlainFormatter>());
  return sink;
}

}  // namespace

struct Log::Parts {
  explicit Parts(LogEnvironment environment)
      : clock(environment.unix_milliseconds ? std::move(environment.unix_milliseconds) : wall_clock),
        threads(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
        logger(std::make_shared<spdlog::async_logger>("saproxy", make_sink(std::move(environment.write)), threads,
                                                      spdlog::async_overflow_policy::overrun_oldest)) {
    logger->set_level(spdlog::level::trace);  // levels are ours
  }

  [[nodiscard]] bool shows(Level wanted) const { return wanted >= level.load(std::memory_order_relaxed); }
  [[nodiscard]] LogLine line(Level at, std::int64_t now, std::string_view event) const {
    return {format.load(std::memory_order_relaxed), now, at, event};
  }
  void write(LogLine& line) { logger->log(spdlog::level::info, line.finish()); }
  void tell_dropped(std::int64_t now) {
    if (const std::uint64_t untold = limit.take_untold(now / 1000))
      write(line(Level::Warning, now, "dropped").add("lines", untold));
  }
  // Calls `fill` with the line if its level is on and the second has room for it.
  template <class Fill>
  void decide(Level at, std::string_view event, Fill&& fill) {
    if (!shows(at)) return;
    const std::int64_t now = clock();
    tell_dropped(now);
    if (!limit.admit(now / 1000, per_second.load(std::memory_order_relaxed))) return;
    LogLine made = line(at, now, event);
    fill(made);
    write(made);
  }

  std::function<std::int64_t()> clock;
  std::shared_ptr<spdlog::details::thread_pool> threads;
  std::shared_ptr<spdlog::async_logger> logger;
  std::atomic<Level> level{Level::Info};
  std::atomic<Format> format{Format::Json};
  std::atomic<std::uint32_t> per_second{200};
  RateLimit limit;
};

Log::Log(const policy::LogSettings& settings, LogEnvironment environment)
    : parts_(std::make_unique<Parts>(std::move(environment))) {
  configure(settings);
}

Log::~Log() { parts_->tell_dropped(parts_->clock() + 1000); }

void Log::configure(const policy::LogSettings& settings) {
  parts_->level.store(settings.level, std::memory_order_relaxed);
  parts_->format.store(settings.format, std::memory_order_relaxed);
  parts_->per_second.store(settings.max_lines_per_second, std::memory_order_relaxed);
}

void Log::tick() { parts_->tell_dropped(parts_->clock()); }

void Log::association(const AssociationLine& made) {
  parts_->decide(Level::Info, "association", [&made](LogLine& line) {
    line.add("listener", made.listener)
        .add("peer", made.peer)
        .add("association", made.association)
        .add("credential_id", made.credential_id);
    line.add("saef", made.saef)
        .add("entity", made.entity)
        .add("identities", made.identities)
        .add("source", made.source);
    line.add("version", made.version).add("suite", made.suite).add("server_name", made.server_name);
    line.add("registered_over", made.registered_over);
  });
}

void Log::association_end(const EndLine& end) {
  parts_->decide(Level::Debug, "association_end", [&end](LogLine& line) {
    line.add("association", end.association).add("reason", end.reason);
    if (end.bytes_in) line.add("bytes_in", *end.bytes_in);
    if (end.bytes_out) line.add("bytes_out", *end.bytes_out);
    line.add("requests", end.requests).add_seconds("seconds", end.seconds);
  });
}

void Log::handshake_failed(const HandshakeFailureLine& failure) {
  parts_->decide(Level::Warning, "handshake_failed", [&failure](LogLine& line) {
    line.add("listener", failure.listener)
        .add("peer", failure.peer)
        .add("reason", failure.reason)
        .add("detail", failure.detail);
    line.add("server_name", failure.server_name).add("destination", failure.destination);
  });
}

void Log::certificate_status(const StatusLine& status) {
  parts_->decide(Level::Warning, "certificate_status", [&status](LogLine& line) {
    line.add("listener", status.listener).add("peer", status.peer).add("association", status.association);
    line.add("credential_id", status.credential_id).add("verdict", status.verdict).add("detail", status.detail);
  });
}

void Log::call_failed(const CallFailureLine& failure) {
  parts_->decide(Level::Info, "call_failed", [&failure](LogLine& line) {
    line.add("destination", failure.destination).add("result", failure.result).add("detail", failure.detail);
  });
}

void Log::refused(const RefusalLine& refusal) {
  parts_->decide(Level::Warning, "refused", [&refusal](LogLine& line) {
    line.add("listener", refusal.listener).add("peer", refusal.peer).add("association", refusal.association);
    line.add("credential_id", refusal.credential_id).add("operation", refusal.operation).add("to", refusal.to);
    line.add("originator", refusal.originator).add("reason", refusal.reason).add("clause", refusal.clause);
    line.add("response_code", std::uint64_t{refusal.response_code});
  });
}

void Log::message(Level level, std::string_view text) {
  if (!parts_->shows(level)) return;
  const std::int64_t now = parts_->clock();
  parts_->tell_dropped(now);
  parts_->write(parts_->line(level, now, "message").add("text", text, kMessageLimit));
}

std::uint64_t Log::dropped() const { return parts_->limit.dropped() + parts_->threads->overrun_counter(); }

std::string printable(std::string_view text, std::size_t limit) { return identity::printable(text, limit); }

}  // namespace saproxy::proxy
