// [trust.ocsp]: whether and how the responders of CAs are asked about the certificates of registrees.
#include <array>

#include "policy/config_load.h"

namespace saproxy::policy {

namespace {

using namespace std::chrono_literals;
using Mode = OcspSettings::Mode;

constexpr std::array<std::pair<std::string_view, Mode>, 3> kModes{
    {{"off", Mode::Off}, {"soft", Mode::Soft}, {"hard", Mode::Hard}}};

void read_responders(TableReader& reader, OcspSettings& settings) {
  if (const auto written = reader.text("responder")) {
    auto url = parse_responder_url(written->value);
    if (url)
      settings.responder = *std::move(url);
    else
      reader.error("responder", "\"" + written->value + "\": " + url.error().detail,
                   "write \"http://ocsp.example.com\" or \"http://127.0.0.1:8888/ocsp\"");
  }
  for (const PlacedText& written : reader.texts("allow")) {
    auto allowed = parse_allowed_responder(written.value);
    if (allowed)
      settings.allow.push_back(*std::move(allowed));
    else
      reader.diagnostics().error(written.place, "\"" + written.value + "\": " + allowed.error().detail,
                                 "write \"ocsp.example.com\" or \"ocsp.example.com:8888\"");
  }
  if (settings.responder && !settings.allow.empty())
    reader.warning("allow", "responder is asked in any case: those that certificates name are not looked at",
                   "keep one of responder and allow");
}

}  // namespace

void read_ocsp(TableReader& reader, LoadState& state) {
  OcspSettings& settings = state.config.ocsp;
  state.ocsp = reader.place();
  if (const auto mode = reader.choice<Mode>("mode", kModes)) settings.mode = *mode;
  read_responders(reader, settings);
  reader.duration("timeout", settings.timeout, 10ms, 1min);
  reader.duration("min_age", settings.min_age, 1s, 24h);
  reader.duration("max_age", settings.max_age, 1s, 8760h);
  reader.duration("retry_after", settings.retry_after, 100ms, 1h);
  reader.duration("clock_skew", settings.clock_skew, 0ms, 24h);
  reader.boolean("nonce", settings.nonce);
  reader.count("max_questions", settings.max_questions, 1, 1000);
  reader.count("max_waiting", settings.max_waiting, 1, 1'000'000);
  reader.count("max_cached", settings.max_cached, 1, 1'000'000);
  if (settings.min_age > settings.max_age)
    reader.error("min_age", "is longer than max_age", "write a min_age of at most max_age");
}

void settle_ocsp(LoadState& state) {
  const OcspSettings& settings = state.config.ocsp;
  if (settings.mode == Mode::Off || !state.ocsp) return;
  for (const ListenerSettings& listener : state.config.listeners) {
    if (!listener.certificates || settings.timeout < listener.limits.handshake_timeout) continue;
    state.diagnostics.error(*state.ocsp,
                            "timeout is not shorter than the handshake_timeout of listener \"" + listener.name +
                                "\": handshakes would end before their verdict",
                            "shorten timeout or lengthen handshake_timeout");
  }
}

}  // namespace saproxy::policy
