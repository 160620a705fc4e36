#include "proxy/session/handshake_watch.h"

#include <algorithm>

#include "identity/certificate.h"
#include "proxy/session/byte_reader.h"
#include "proxy/session/client_hello.h"

namespace saproxy::proxy {
namespace {

// Kinds of records.
constexpr std::uint8_t kChangeCipherSpec = 20;
constexpr std::uint8_t kAlert = 21;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kApplicationData = 23;
// Handshake messages.
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kCertificate = 11;
constexpr std::uint8_t kCertificateVerify = 15;
constexpr std::uint8_t kClientKeyExchange = 16;

constexpr std::size_t kMaxRecord = 16384;
constexpr std::size_t kMessageHeader = 4;
constexpr std::size_t kMaxKeyExchange = HandshakeWatch::kMaxPskIdentity + 256;
constexpr std::size_t kMaxCertificateVerify = 2048;
constexpr std::uint8_t kMaxAlerts = 4;

using Span = std::span<const std::uint8_t>;
using enum HandshakeFailure;

}  // namespace

WatchVerdict HandshakeWatch::violation(HandshakeFailure failure, const char* detail) const {
  WatchVerdict verdict;
  verdict.kind = WatchVerdict::Kind::Violation;
  verdict.failure = failure;
  verdict.alert = alert_for(failure).value_or(Alert::InternalError);
  verdict.detail = detail;
  return verdict;
}

void HandshakeWatch::negotiated(Version version) {
  if (step_ != Step::Negotiation) return;
  if (version == Version::Tls13) {
    step_ = Step::Clear13;
  } else {
    step_ = kind_ == SessionKind::Psk ? Step::KeyExchange : Step::Certificate;
  }
}

// Each step_ and end_ function returns false when the verdict is to be given at once.
WatchVerdict HandshakeWatch::feed(Span bytes) {
  WatchVerdict verdict;
  std::size_t at = 0;
  while (at < bytes.size() && step_ != Step::Encrypted) {
    if (step_ == Step::Negotiation) {
      verdict.kind = WatchVerdict::Kind::HelloDone;
      break;
    }
    if (header_size_ < header_.size()) {
      header_[header_size_++] = bytes[at++];
      if (header_size_ < header_.size() || step_header(verdict)) continue;
      break;
    }
    std::size_t used = std::min(record_left_, bytes.size() - at);
    const bool go_on = step_body(bytes.subspan(at, used), used, verdict);
    at += used;
    record_left_ -= used;
    if (record_left_ == 0) header_size_ = 0;
    if (!go_on) break;
  }
  if (step_ == Step::Encrypted && verdict.kind == WatchVerdict::Kind::NeedBytes)
    verdict.kind = WatchVerdict::Kind::Encrypted;
  verdict.consumed = at;
  return verdict;
}

bool HandshakeWatch::step_header(WatchVerdict& verdict) {
  const std::uint8_t type = header_[0];
  record_left_ = static_cast<std::size_t>(header_[3]) << 8 | header_[4];
  if (step_ == Step::Clear13 && type == kApplicationData) {
    step_ = Step::Encrypted;
    return false;
  }
  if (type < kChangeCipherSpec || type > kApplicationData) {
    verdict = violation(MessageOrder, "unknown record type");
  } else if (type == kApplicationData) {
    verdict = violation(MessageOrder, "application data before the keys");
  } else if (header_[1] != 3) {
    verdict = violation(MessageMalformed, "record of another protocol version");
  } else if (record_left_ > kMaxRecord) {
    verdict = violation(MessageMalformed, "record too long");
    verdict.alert = Alert::RecordOverflow;
  } else if (record_left_ == 0) {
    verdict = violation(MessageOrder, "empty record");
  } else if (type != kHandshake && !message_.empty()) {
    verdict = violation(MessageOrder, "another record type inside a handshake message");
  } else if (type == kAlert && record_left_ != 2) {
    verdict = violation(MessageMalformed, "bad length of an alert");
  } else if (type == kChangeCipherSpec && record_left_ != 1) {
    verdict = violation(MessageMalformed, "bad length of ChangeCipherSpec");
  } else if (type == kChangeCipherSpec && step_ != Step::ChangeCipherSpec && (step_ != Step::Clear13 || dummies_ > 0)) {
    verdict = violation(MessageOrder, "ChangeCipherSpec out of order");
  } else {
    return true;
  }
  return false;
}

bool HandshakeWatch::step_body(Span body, std::size_t& used, WatchVerdict& verdict) {
  if (header_[0] == kHandshake) return step_handshake(body, used, verdict);
  message_.insert(message_.end(), body.begin(), body.end());
  return used < record_left_ || end_small_record(verdict);
}

bool HandshakeWatch::end_small_record(WatchVerdict& verdict) {
  const std::uint8_t value = message_[0];
  message_.clear();
  if (header_[0] == kAlert) {
    // Fatal ones end the session in the library; warnings may come, but not for ever.
    if (++alerts_ <= kMaxAlerts) return true;
    verdict = violation(MessageOrder, "too many alerts");
    return false;
  }
  if (value != 1) {
    verdict = violation(MessageMalformed, "bad ChangeCipherSpec");
    return false;
  }
  if (step_ == Step::Clear13) {
    ++dummies_;
    return true;
  }
  step_ = Step::Encrypted;
  message_.shrink_to_fit();
  return false;
}

// `body` is what is there of the record; `used` becomes what was taken, which is less when a message ends in the
// middle.
bool HandshakeWatch::step_handshake(Span body, std::size_t& used, WatchVerdict& verdict) {
  used = 0;
  while (used < body.size()) {
    const std::size_t goal = message_size_ == 0 ? kMessageHeader : message_size_;
    const std::size_t take = std::min(goal - message_.size(), body.size() - used);
    message_.insert(message_.end(), body.begin() + static_cast<std::ptrdiff_t>(used),
                    body.begin() + static_cast<std::ptrdiff_t>(used + take));
    used += take;
    if (message_.size() < goal) return true;
    if (message_size_ == 0 && !begin_message(verdict)) return false;
    if (message_.size() < message_size_) continue;
    const bool record_ends = used == record_left_;
    const bool hello = message_[0] == kClientHello;
    if (hello && !record_ends) {
      verdict = violation(MessageOrder, "something follows the ClientHello in its record");
      return false;
    }
    if (!end_message(verdict)) return false;
  }
  return true;
}

// The type is judged as soon as it is known, the length against what that type can need.
bool HandshakeWatch::begin_message(WatchVerdict& verdict) {
  const std::uint8_t type = message_[0];
  const std::size_t length =
      static_cast<std::size_t>(message_[1]) << 16 | static_cast<std::size_t>(message_[2]) << 8 | message_[3];
  std::uint8_t expected = 0;
  std::size_t bound = 0;
  switch (step_) {
    case Step::Hello: expected = kClientHello, bound = kMaxClientHello - kMessageHeader; break;
    case Step::Clear13: expected = hellos_ < 2 ? kClientHello : 0, bound = kMaxClientHello - kMessageHeader; break;
    case Step::Certificate: expected = kCertificate, bound = kMaxCertificateMessage; break;
    case Step::KeyExchange: expected = kClientKeyExchange, bound = kMaxKeyExchange; break;
    case Step::CertificateVerify: expected = kCertificateVerify, bound = kMaxCertificateVerify; break;
    case Step::Negotiation:
    case Step::ChangeCipherSpec:
    case Step::Encrypted: break;
  }
  if (expected == 0 || type != expected) {
    const bool second =
        type == kClientKeyExchange && (step_ == Step::CertificateVerify || step_ == Step::ChangeCipherSpec);
    verdict = second ? violation(SecondKeyExchange, "a second ClientKeyExchange")
                     : violation(MessageOrder, "handshake message out of order");
    return false;
  }
  if (length > bound) {
    const bool identity = step_ == Step::KeyExchange && kind_ == SessionKind::Psk;
    verdict = identity ? violation(UnknownPskIdentity, "identity too long")
                       : violation(MessageMalformed, "handshake message too long");
    return false;
  }
  message_size_ = kMessageHeader + length;
  return true;
}

bool HandshakeWatch::end_message(WatchVerdict& verdict) {
  bool go_on = true;
  switch (step_) {
    case Step::Hello:
    case Step::Clear13:
      ++hellos_;
      step_ = Step::Negotiation;
      verdict.kind = WatchVerdict::Kind::HelloDone;
      go_on = false;
      break;
    case Step::Certificate: go_on = end_certificate(verdict); break;
    case Step::KeyExchange: return end_key_exchange(verdict);
    case Step::CertificateVerify: step_ = Step::ChangeCipherSpec; break;
    case Step::Negotiation:
    case Step::ChangeCipherSpec:
    case Step::Encrypted: break;
  }
  message_.clear();
  message_size_ = 0;
  return go_on;
}

// Spec: RFC 5246 7.4.6 (list of X.509), RFC 7250 3 (one SubjectPublicKeyInfo)
bool HandshakeWatch::end_certificate(WatchVerdict& verdict) {
  const bool raw = kind_ == SessionKind::RawKey;
  const auto wanted = raw ? identity::PeerKeyForm::RawPublicKey : identity::PeerKeyForm::X509;
  ByteReader reader(Span(message_).subspan(kMessageHeader));
  const auto outer = reader.block(3);
  if (!outer || !reader.empty()) {
    verdict = violation(MessageMalformed, "lengths of the Certificate message");
    return false;
  }
  if (outer->empty()) {
    verdict = violation(NoCertificate, "empty Certificate message");
    return false;
  }
  ByteReader list(*outer);
  std::size_t count = 0;
  while (!list.empty()) {
    const auto entry = raw ? list.take(list.left()) : list.block(3);
    if (!entry || identity::classify_peer_key(*entry) != wanted) {
      verdict = violation(WrongCertificateType, raw ? "not a raw public key" : "not an X.509 certificate");
      return false;
    }
    if (++count > kMaxCertificates) {
      verdict = violation(UntrustedChain, "too many certificates");
      return false;
    }
  }
  step_ = Step::KeyExchange;
  return true;
}

// Spec: RFC 4279 2 (identity), RFC 5489 2 (identity and point), RFC 8422 5.7 (point)
bool HandshakeWatch::end_key_exchange(WatchVerdict& verdict) {
  ByteReader reader(Span(message_).subspan(kMessageHeader));
  if (kind_ == SessionKind::Psk) {
    const auto identity = reader.block(2);
    if (identity && identity->size() > kMaxPskIdentity) {
      verdict = violation(UnknownPskIdentity, "identity too long");
      return false;
    }
    if (!identity || (!reader.empty() && (!reader.block(1) || !reader.empty()))) {
      verdict = violation(MessageMalformed, "lengths of the ClientKeyExchange");
      return false;
    }
    psk_identity_.assign(identity->begin(), identity->end());
    verdict.kind = WatchVerdict::Kind::PskIdentity;
    step_ = Step::ChangeCipherSpec;
  } else {
    const auto point = reader.block(1);
    if (!point || point->empty() || !reader.empty()) {
      verdict = violation(MessageMalformed, "lengths of the ClientKeyExchange");
      return false;
    }
    step_ = Step::CertificateVerify;
  }
  message_.clear();
  message_size_ = 0;
  return step_ == Step::CertificateVerify;
}

}  // namespace saproxy::proxy
