#include "proxy/session/tls_handshake.h"

#include <algorithm>

extern "C" {
// Not in wolfSSL's public headers: the only way to say why in TLS 1.3, where the alert has to be encrypted.
int SendAlert(WOLFSSL* ssl, int severity, int type);  // NOLINT(readability-identifier-naming)
int saproxy_rand_block(unsigned char* output, unsigned int size);
}

namespace saproxy::proxy {
namespace {

constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMaxRecord = 16384;
constexpr std::size_t kMaxHelloBytes = 2 * kMaxClientHello + 64;
constexpr int kFatal = 2;

// The key that an unknown identity is tried with: fixed for the life of the process, and unknown to everybody.
identity::Secret decoy_key(std::span<const std::uint8_t> identity) {
  static const identity::Secret kSeed = [] {
    std::uint8_t bytes[32];
    if (saproxy_rand_block(bytes, sizeof bytes) != 0) abort();
    identity::Secret secret{std::span<const std::uint8_t>(bytes)};
    identity::wipe(bytes);
    return secret;
  }();
  const auto digest = identity::hmac_sha256(kSeed.reveal(), identity);
  return identity::Secret(digest);
}

HandshakeFailure hello_failure(HelloStatus status) {
  switch (status) {
    case HelloStatus::NotTls: return HandshakeFailure::NotTls;
    case HelloStatus::TooLarge: return HandshakeFailure::HelloTooLarge;
    case HelloStatus::Malformed:
    case HelloStatus::Complete:
    case HelloStatus::Incomplete: break;
  }
  return HandshakeFailure::HelloMalformed;
}

}  // namespace

unsigned int answer_psk(WOLFSSL* ssl, const char* identity, unsigned char* key, unsigned int size) noexcept {
  auto* handshake = static_cast<TlsHandshake*>(wolfSSL_get_psk_callback_ctx(ssl));
  if (handshake == nullptr) return 0;
  return static_cast<unsigned int>(handshake->give_key(identity, {key, size}));
}

TlsHandshake::TlsHandshake(const ContextSet& contexts, CredentialJudge& judge, Wire& wire)
    : contexts_(contexts), judge_(judge), wire_(wire), verification_(contexts, judge) {}
TlsHandshake::~TlsHandshake() = default;

bool TlsHandshake::is_tls13() const { return ssl_ && wolfSSL_GetVersion(ssl_.get()) == WOLFSSL_TLSV1_3; }

TlsHandshake::Progress TlsHandshake::receive(std::span<const std::uint8_t> bytes, CipherOutput& out) {
  switch (progress_) {
    case Progress::AwaitHello: read_hello(bytes, out); break;
    case Progress::AwaitKey:
      if (kept_.size() + bytes.size() > kMaxParked + kMaxHelloBytes) {
        fail(HandshakeFailure::Overload, "too many bytes while the key is fetched", out.size(), out);
      } else {
        kept_.insert(kept_.end(), bytes.begin(), bytes.end());
      }
      break;
    case Progress::Running: advance(bytes, out); break;
    case Progress::AwaitStatus:
      wire_.input = bytes;
      wire_.hold();
      if (wire_.held.size() > kMaxAwaiting)
        fail(HandshakeFailure::Overload, "too many bytes while the status is asked for", out.size(), out);
      break;
    case Progress::Done:
    case Progress::Failed: break;
  }
  return progress_;
}

// Reads again only when another record is complete, so that a client that trickles costs no more than its bytes.
void TlsHandshake::read_hello(std::span<const std::uint8_t> bytes, CipherOutput& out) {
  kept_.insert(kept_.end(), bytes.begin(), bytes.end());
  if (kept_.size() < retry_at_) return;
  const HelloStatus status = read_client_hello(kept_, hello_);
  if (status == HelloStatus::Complete) return begin(out);
  if (status != HelloStatus::Incomplete) return fail(hello_failure(status), "", out.size(), out);
  for (retry_at_ = record_at_ + kRecordHeader; kept_.size() >= retry_at_; retry_at_ += kRecordHeader) {
    const std::size_t length = static_cast<std::size_t>(kept_[record_at_ + 3]) << 8 | kept_[record_at_ + 4];
    // A longer record is an error, to be found as soon as possible.
    retry_at_ += std::min(length, kMaxRecord);
    if (kept_.size() < retry_at_) return;
    record_at_ = retry_at_;
  }
}

void TlsHandshake::begin(CipherOutput& out) {
  auto choice = contexts_.choose(hello_);
  if (const auto* refused = std::get_if<HandshakeFailure>(&choice)) return fail(*refused, "", out.size(), out);
  choice_ = std::get<ContextChoice>(choice);
  watch_.emplace(choice_->kind);
  ssl_.reset(wolfSSL_new(choice_->ctx));
  if (!ssl_) return fail(HandshakeFailure::Internal, "wolfSSL_new", out.size(), out);
  wolfSSL_SetIOReadCtx(ssl_.get(), &wire_);
  wolfSSL_SetIOWriteCtx(ssl_.get(), &wire_);
  if (choice_->kind == SessionKind::Psk) {
    wolfSSL_set_psk_callback_ctx(ssl_.get(), this);
  } else {
    verify_context_.emplace(VerifyContext{verification_, choice_->kind});
    wolfSSL_SetCertCbCtx(ssl_.get(), &*verify_context_);
  }
  if (!choice_->tls13_possible && hello_.offers_tls12) wolfSSL_SetVersion(ssl_.get(), WOLFSSL_TLSV1_2);
  progress_ = Progress::Running;
  const Bytes hello = std::exchange(kept_, {});
  // In TLS 1.3 the identity is in the hello itself, and needed at once.
  if (choice_->kind == SessionKind::Psk && choice_->tls13_possible && hello_.has_pre_shared_key) {
    const Bytes unnamed;
    if (look_up(hello_.first_psk_identity ? *hello_.first_psk_identity : unnamed) == Found::Later)
      return park(hello, 0);
  }
  advance(hello, out);
  // `hello` ends here.
  wire_.hold();
}

// Passes on what the watch has nothing against.
void TlsHandshake::advance(std::span<const std::uint8_t> bytes, CipherOutput& out) {
  std::size_t watched = 0;
  std::size_t pushed = 0;
  while (progress_ == Progress::Running && pushed < bytes.size()) {
    if (encrypted_) return push(bytes.subspan(pushed), out);
    const WatchVerdict verdict = watch_->feed(bytes.subspan(watched));
    watched += verdict.consumed;
    switch (verdict.kind) {
      case WatchVerdict::Kind::Violation: return fail(verdict.failure, verdict.detail, out.size(), out, verdict.alert);
      case WatchVerdict::Kind::PskIdentity:
        if (look_up(watch_->psk_identity()) == Found::Later) return park(bytes.subspan(pushed), watched - pushed);
        continue;
      case WatchVerdict::Kind::Encrypted: encrypted_ = true; continue;
      case WatchVerdict::Kind::NeedBytes:
      case WatchVerdict::Kind::HelloDone: break;
    }
    push(bytes.subspan(pushed, watched - pushed), out);
    pushed = watched;
    if (verdict.kind == WatchVerdict::Kind::HelloDone && progress_ == Progress::Running) {
      watch_->negotiated(is_tls13() ? HandshakeWatch::Version::Tls13 : HandshakeWatch::Version::Tls12);
    }
  }
}

void TlsHandshake::park(std::span<const std::uint8_t> rest, std::size_t watched) {
  kept_.assign(rest.begin(), rest.end());
  kept_watched_ = watched;
  progress_ = Progress::AwaitKey;
}

TlsHandshake::Progress TlsHandshake::key_arrived(const identity::Secret* key, CipherOutput& out) {
  if (progress_ != Progress::AwaitKey) return progress_;
  psk_known_ = key != nullptr && !key->empty();
  if (psk_known_) psk_ = *key;
  progress_ = Progress::Running;
  const Bytes bytes = std::exchange(kept_, {});
  const auto all = std::span<const std::uint8_t>(bytes);
  const std::size_t watched = std::exchange(kept_watched_, 0);
  if (watched > 0) push(all.first(watched), out);
  if (progress_ == Progress::Running) advance(all.subspan(watched), out);
  wire_.hold();
  return progress_;
}

// Known and unknown identities cost the same: always a decoy, always one copy of a key.
TlsHandshake::Found TlsHandshake::look_up(std::span<const std::uint8_t> identity) {
  psk_wire_identity_.assign(identity.begin(), identity.end());
  psk_identity_.reset();
  const identity::Secret decoy = decoy_key(identity);
  auto parsed = identity::PskIdentity::parse(identity);
  CredentialJudge::KeyAnswer answer = CredentialJudge::Unknown{};
  if (parsed) {
    answer = judge_.find_key(*parsed);
    psk_identity_ = std::move(*parsed);
  }
  const auto* key = std::get_if<const identity::Secret*>(&answer);
  psk_known_ = key != nullptr && *key != nullptr && !(*key)->empty();
  psk_ = psk_known_ ? **key : decoy;
  return std::holds_alternative<CredentialJudge::Later>(answer) ? Found::Later : Found::Now;
}

// wolfSSL hands over a C string. In TLS 1.2 it is not looked at: the watch has the bytes. In TLS 1.3 it tells which of
// several is meant.
std::size_t TlsHandshake::give_key(std::string_view identity, std::span<std::uint8_t> key) noexcept {
  const auto bytes = psk_.reveal();
  if (bytes.empty() || bytes.size() > key.size()) return 0;
  if (is_tls13() && !std::equal(identity.begin(), identity.end(), psk_wire_identity_.begin(), psk_wire_identity_.end(),
                                [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; })) {
    return 0;
  }
  std::copy(bytes.begin(), bytes.end(), key.begin());
  psk_given_ = true;
  return bytes.size();
}

// Feeds wolfSSL, which takes all of it unless the handshake ends before.
void TlsHandshake::push(std::span<const std::uint8_t> approved, CipherOutput& out) {
  const std::size_t mark = out.size();
  wire_.input = approved;
  wire_.output = &out;
  const int result = wolfSSL_accept(ssl_.get());
  const int error = result == WOLFSSL_SUCCESS ? 0 : wolfSSL_get_error(ssl_.get(), result);
  wire_.output = nullptr;
  if (result == WOLFSSL_SUCCESS) {
    finish(mark, out);
  } else if (error != WOLFSSL_ERROR_WANT_READ) {
    fail_by_library(error, mark, out);
  }
}

// The last flight stands in `out` behind `mark`. In TLS 1.2 the peer has proven itself and not yet heard from us that
// all is well, so a refusal can still be an alert in its place.
void TlsHandshake::finish(std::size_t mark, CipherOutput& out) {
  if (choice_->kind == SessionKind::Psk) {
    if (!psk_given_ || !psk_known_) return fail(HandshakeFailure::Internal, "handshake without a key", mark, out);
    credential_ = identity::ProvenPsk{*psk_identity_, identity::key_fingerprint(psk_.reveal())};
  } else {
    if (verification_.failure() || !verification_.credential()) {
      return fail(HandshakeFailure::Internal, "handshake without a verified certificate", mark, out);
    }
    credential_ = verification_.credential();
  }
  if (const auto refused = judge_.admit(*credential_)) {
    credential_.reset();
    return fail(*refused, "", mark, out);
  }
  if (choice_->kind == SessionKind::Certificate && contexts_.asks_for_status()) return await_status(mark, out);
  progress_ = Progress::Done;
}

// In TLS 1.2 our last flight waits, so that a refusal can still be an alert in its place. In TLS 1.3 the peer needs
// nothing more of us, and records that wolfSSL has numbered must go out.
void TlsHandshake::await_status(std::size_t mark, CipherOutput& out) {
  if (!is_tls13()) {
    kept_.assign(out.begin() + static_cast<std::ptrdiff_t>(mark), out.end());
    out.resize(mark);
  }
  wire_.hold();
  progress_ = Progress::AwaitStatus;
}

TlsHandshake::Progress TlsHandshake::status_arrived(std::optional<HandshakeFailure> refusal, std::string detail,
                                                    CipherOutput& out) {
  if (progress_ != Progress::AwaitStatus) return progress_;
  const Bytes last_flight = std::exchange(kept_, {});
  if (refusal) {
    credential_.reset();
    fail(*refusal, std::move(detail), out.size(), out);
    return progress_;
  }
  out.insert(out.end(), last_flight.begin(), last_flight.end());
  progress_ = Progress::Done;
  return progress_;
}

void TlsHandshake::fail(HandshakeFailure failure, std::string detail, std::size_t mark, CipherOutput& out,
                        std::optional<Alert> alert) {
  if (!alert) alert = alert_for(failure);
  const bool answer = alert.has_value();
  if (answer && is_tls13()) {
    wire_.output = &out;
    SendAlert(ssl_.get(), kFatal, static_cast<int>(*alert));
    wire_.output = nullptr;
  } else {
    out.resize(mark);
    if (answer) append_clear_alert(*alert, out);
  }
  end(failure, std::move(detail));
}

void TlsHandshake::end(HandshakeFailure failure, std::string detail) {
  failure_ = failure;
  detail_ = std::move(detail);
  progress_ = Progress::Failed;
  psk_ = {};
  wire_.input = {};
  ssl_.reset();
}

void TlsHandshake::fail_by_library(int error, std::size_t mark, CipherOutput& out) {
  HandshakeFailure failure = handshake_failure_of(error);
  std::string detail = wolfssl_error_text(error);
  if (verification_.failure()) {
    failure = *verification_.failure();
    detail = verification_.detail();
  } else if (choice_->kind == SessionKind::Psk && failure == HandshakeFailure::KeyNotProven) {
    failure = psk_known_ ? HandshakeFailure::WrongPskKey : HandshakeFailure::UnknownPskIdentity;
  }
  // In TLS 1.3 wolfSSL has sent its own alert.
  const bool answered = is_tls13();
  if (!answered) return fail(failure, std::move(detail), mark, out);
  end(failure, std::move(detail));
}

// The callbacks have nobody to ask any more.
OwnedSsl TlsHandshake::take_ssl() {
  wolfSSL_set_psk_callback_ctx(ssl_.get(), nullptr);
  wolfSSL_SetCertCbCtx(ssl_.get(), nullptr);
  return std::move(ssl_);
}

SessionFacts TlsHandshake::facts() const {
  SessionFacts facts;
  facts.kind = choice_->kind;
  facts.version = wolfSSL_get_version(ssl_.get());
  const int suite = wolfSSL_get_current_cipher_suite(ssl_.get());
  const char* name = wolfSSL_get_cipher_name_iana_from_suite(static_cast<unsigned char>(suite >> 8),
                                                             static_cast<unsigned char>(suite & 0xff));
  facts.suite = name == nullptr ? "" : name;
  facts.server_name = hello_.server_name;
  facts.extended_master_secret = is_tls13() || hello_.extended_master_secret;
  return facts;
}

}  // namespace saproxy::proxy
