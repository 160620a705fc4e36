#include "proxy/client/ocsp_client.h"

#include <algorithm>
#include <utility>

#include "identity/printable.h"
#include "proxy/client/ocsp_http.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::Result;
using policy::OcspVerdict;
using Level = policy::LogSettings::Level;

namespace {

constexpr OcspTime kLineSpacing = 10000;  // between two lines about answers that did not come

OcspTime milliseconds(policy::Milliseconds duration) { return static_cast<OcspTime>(duration.count()); }

OcspMessage::Reading none(OcspVerdict verdict, std::string detail) {
  return {{verdict, 0, std::nullopt}, std::move(detail)};
}

OcspVerdict verdict_of(ErrorCode code) {
  if (code == ErrorCode::NotPermitted) return OcspVerdict::NotAllowed;
  return code == ErrorCode::Failed || code == ErrorCode::NotFound ? OcspVerdict::Unreachable : OcspVerdict::HttpError;
}

struct Responder {
  policy::ResponderUrl url;
  OcspNamedBy named_by;
};

// Who is to be asked, or why nobody.
Result<Responder, OcspMessage::Reading> responder_of(const OcspMessage& message, const policy::OcspSettings& settings) {
  if (settings.responder) return Responder{*settings.responder, OcspNamedBy::Configuration};
  if (message.responder().empty())
    return tl::make_unexpected(none(OcspVerdict::NoResponder, "the certificate names no responder"));
  auto url = policy::parse_responder_url(message.responder());
  if (!url)
    return tl::make_unexpected(
        none(OcspVerdict::NoResponder, "the certificate names one that is not asked: " + url.error().detail));
  if (!policy::allows(settings.allow, *url))
    return tl::make_unexpected(none(OcspVerdict::NotAllowed, url->authority() + " is not in allow"));
  const OcspNamedBy named_by = settings.allow.empty() ? OcspNamedBy::Certificate : OcspNamedBy::Configuration;
  return Responder{*std::move(url), named_by};
}

}  // namespace

struct OcspClient::Open {
  OcspKey key;
  OcspQuestion question;
  std::vector<Answered> waiting;
  OcspTime deadline = 0;
  std::uint64_t generation = 0;  // of the settings that it was asked under
  policy::OcspTolerance tolerance;
  std::optional<OcspMessage> message;        // once begun
  std::unique_ptr<OcspTransport> transport;  // likewise
};

OcspClient::OcspClient(uv_loop_t* loop, Callbacks callbacks, std::uint32_t seed)
    : loop_(loop), callbacks_(std::move(callbacks)), random_(seed) {
  static_cast<void>(
      timer_.open(this, [loop](uv_timer_t* timer) { return uv_timer_init(loop, timer); }));  // never fails
}

OcspClient::~OcspClient() = default;

Result<bool> OcspClient::open() {
  const int status = mailbox_.open(
      loop_, [this](Mail&& mail) { take(std::move(mail)); }, [this] { begin_more(); });
  if (status != 0) return identity::fail(ErrorCode::Failed, std::string("OCSP: ") + uv_strerror(status));
  return true;
}

void OcspClient::close() {
  mailbox_.close();
  timer_.reset();
  open_.clear();
  queue_.clear();
  in_flight_ = waiting_ = 0;
}

void OcspClient::configure(const policy::OcspSettings& settings) {
  if (settings != settings_) {
    cache_.clear();
    ++generation_;
  }
  settings_ = settings;
}

bool OcspClient::ask(OcspQuestion question, Answered answered) {
  return mailbox_.post({std::move(question), std::move(answered)});
}

void OcspClient::take(Mail mail) {
  const OcspKey key = ocsp_key(mail.question.certificate, mail.question.issuer);
  if (const auto known = cache_.find(key, now()); known && now() < known->ask_at) return mail.answered(*known);
  if (waiting_ >= settings_.max_waiting) {
    ++verdicts_[static_cast<std::size_t>(OcspVerdict::Busy)];
    return mail.answered(without_answer(key, none(OcspVerdict::Busy, "too many wait for a verdict")));
  }
  ++waiting_;
  std::unique_ptr<Open>& open = open_[key];
  if (!open) {
    open = std::make_unique<Open>();
    open->key = key;
    open->question = std::move(mail.question);
    open->deadline = now() + milliseconds(settings_.timeout);
    open->generation = generation_;
    queue_.push_back(key);
    arm(open->deadline);
  }
  open->waiting.push_back(std::move(mail.answered));
}

void OcspClient::begin_more() {
  while (in_flight_ < settings_.max_questions && !queue_.empty()) {
    const OcspKey key = queue_.front();
    queue_.pop_front();
    if (const auto open = open_.find(key); open != open_.end() && !open->second->message) begin(*open->second);
  }
}

void OcspClient::begin(Open& open) {
  auto message = OcspMessage::make(open.question.certificate, open.question.issuer, settings_.nonce);
  if (!message) return finish(open.key, none(OcspVerdict::NoResponder, message.error().detail));
  auto responder = responder_of(*message, settings_);
  if (!responder) return finish(open.key, responder.error());
  open.message = *std::move(message);
  open.tolerance = {settings_.clock_skew, std::chrono::duration_cast<policy::Seconds>(settings_.max_age)};
  open.transport = callbacks_.connect(responder->url, responder->named_by, settings_.timeout);
  ++in_flight_;
  open.transport->ask(open.message->request(), [this, key = open.key](const Result<identity::ByteView>& response) {
    const OcspKey own = key;  // the function dies with its transport
    answered(own, response);
  });
}

void OcspClient::answered(const OcspKey& key, const Result<identity::ByteView>& response) {
  const Open& open = *open_.at(key);  // its transport would be gone otherwise
  finish(key, response ? open.message->read(*response, callbacks_.unix_seconds(), open.tolerance)
                       : none(verdict_of(response.error().code), response.error().detail));
  begin_more();
}

void OcspClient::finish(const OcspKey& key, const OcspMessage::Reading& reading) {
  auto node = open_.extract(key);
  const std::unique_ptr<Open> open = std::move(node.mapped());
  if (open->transport) --in_flight_;
  waiting_ -= open->waiting.size();
  ++verdicts_[static_cast<std::size_t>(reading.judged.verdict)];
  say(*open, reading);
  const bool is_answer = policy::is_answer(reading.judged.verdict);
  const KnownVerdict known = is_answer ? known_from(reading) : without_answer(key, reading);
  if (open->generation == generation_) cache_.put(key, known, settings_.max_cached);
  for (const Answered& answered : open->waiting) answered(known);
}

// It is asked about again in the last tenth of its time, at random, so that not all certificates of a CA are asked
// about at once, and there is time to try again.
KnownVerdict OcspClient::known_from(const OcspMessage::Reading& reading) {
  const OcspTime life = milliseconds(ocsp_lifetime(reading.judged, callbacks_.unix_seconds(), settings_));
  const OcspTime early = std::uniform_int_distribution<OcspTime>(0, life / 10)(random_);
  return {reading.judged.verdict, now(), now() + life - early, now() + life, reading.detail};
}

// The answer before serves as long as it may.
KnownVerdict OcspClient::without_answer(const OcspKey& key, const OcspMessage::Reading& reading) {
  const OcspTime again = now() + milliseconds(settings_.retry_after);
  if (auto before = cache_.find(key, now())) {
    before->ask_at = std::min(before->until, again);
    return *std::move(before);
  }
  return {reading.judged.verdict, now(), again, again, reading.detail};
}

void OcspClient::on_timer(uv_timer_t* timer) noexcept {
  if (auto* client = owner_of<OcspClient>(timer)) client->end_late();
}

void OcspClient::end_late() {
  std::vector<OcspKey> late;
  for (const auto& [key, open] : open_) {
    if (open->deadline <= now()) late.push_back(key);
  }
  for (const OcspKey& key : late) {
    const bool begun = open_.at(key)->message.has_value();
    finish(key, none(OcspVerdict::Timeout, begun ? "no answer in time" : "its turn did not come in time"));
  }
  begin_more();
  armed_for_ = UINT64_MAX;
  for (const auto& [key, open] : open_) arm(open->deadline);
}

void OcspClient::arm(OcspTime deadline) {
  if (deadline >= armed_for_) return;
  armed_for_ = deadline;
  uv_timer_start(timer_.get(), &on_timer, deadline > now() ? deadline - now() : 0, 0);
}

void OcspClient::say(const Open& open, const OcspMessage::Reading& reading) {
  if (policy::is_answer(reading.judged.verdict)) return;
  if (now() < next_line_) {
    ++unsaid_;
    return;
  }
  next_line_ = now() + kLineSpacing;
  std::string text = "OCSP: no answer about " + identity::printable(open.question.credential_id) + ": " +
                     std::string(policy::to_text(reading.judged.verdict));
  if (!reading.detail.empty()) text += ": " + identity::printable(reading.detail);
  if (const std::uint64_t more = std::exchange(unsaid_, 0); more > 0)
    text += "; " + std::to_string(more) + " more since the last line";
  callbacks_.inform(Level::Warning, text);
}

OcspReport OcspClient::report() const {
  OcspReport report;
  report.verdicts = verdicts_;
  report.questions = open_.size();
  report.in_flight = in_flight_;
  report.waiting = waiting_;
  report.cached = cache_.size();
  if (const auto oldest = cache_.oldest_answer(now()))
    report.oldest_seconds = static_cast<double>(now() - *oldest) / 1000.0;
  return report;
}

}  // namespace saproxy::proxy
