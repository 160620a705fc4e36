// Log: one structured line for each association, failed handshake and refusal, and messages about the process. JSON or
// text, to standard error, rate limited; what was dropped is counted and told. Never a key, never a body; text from the
// network is made printable. Thread-safe: workers and the control thread share one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "policy/config.h"

namespace saproxy::proxy {

// One connection that became an association.
struct AssociationLine {
  std::string_view listener, peer, association, credential_id, saef, entity, identities, source, version, suite,
      server_name;
  std::string_view registered_over;  // one that we have begun (SA2): the association that registered the far end
};
struct HandshakeFailureLine {
  std::string_view listener, peer, reason, detail, server_name;
  std::string_view destination = {};  // of one that we have begun (SA2): whom it was meant for
};
struct RefusalLine {
  std::string_view listener, peer, association, credential_id, operation, to, originator, reason, clause;
  unsigned response_code = 0;
};
// A request of the CSE that a registree or the registrar has not answered.
struct CallFailureLine {
  std::string_view destination, result, detail;
};
// What OCSP says of the certificate of a live association, when that ends it.
struct StatusLine {
  std::string_view listener, peer, association, credential_id, verdict, detail;
};
struct EndLine {
  std::string_view association, reason;
  std::optional<std::uint64_t> bytes_in, bytes_out;  // where they are counted
  std::uint64_t requests = 0;
  double seconds = 0;
};

// Where lines go and what time it is; the defaults are standard error and the wall clock. `write` is called by one
// thread at a time, with the line and its '\n'.
struct LogEnvironment {
  std::function<void(std::string_view line)> write;
  std::function<std::int64_t()> unix_milliseconds;
};

class Log {
 public:
  explicit Log(const policy::LogSettings& settings, LogEnvironment environment = {});
  ~Log();  // writes what is still queued
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void configure(const policy::LogSettings& settings);
  // Once a second, from the control thread: tells how many lines were dropped when no later line does.
  void tick();
  void association(const AssociationLine& line);
  void association_end(const EndLine& line);  // level debug
  void handshake_failed(const HandshakeFailureLine& line);
  void refused(const RefusalLine& line);
  void certificate_status(const StatusLine& line);
  void call_failed(const CallFailureLine& line);
  // About the process: never dropped for the rate.
  void message(policy::LogSettings::Level level, std::string_view text);
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Control characters, the backslash and bytes above 0x7e become \xNN; at most `limit` bytes, then "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace saproxy::proxy
