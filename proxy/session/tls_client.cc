#include "proxy/session/tls_client.h"

#include <algorithm>

namespace saproxy::proxy {

unsigned int offer_psk(WOLFSSL* ssl, const char* /*hint*/, char* identity, unsigned int identity_size,
                       unsigned char* key, unsigned int key_size) noexcept {
  auto* client = static_cast<TlsClient*>(wolfSSL_get_psk_callback_ctx(ssl));
  if (client == nullptr) return 0;
  return static_cast<unsigned int>(client->give_key({identity, identity_size}, {key, key_size}));
}

TlsClient::TlsClient(std::shared_ptr<const ClientContexts> contexts, CredentialJudge& judge, ClientOffer offer)
    : contexts_(std::move(contexts)), judge_(judge), offer_(std::move(offer)) {}
TlsClient::~TlsClient() = default;

void TlsClient::start(CipherOutput& out) {
  WOLFSSL_CTX* ctx = contexts_->find(offer_.kind);
  if (ctx == nullptr) return fail(HandshakeFailure::FrameworkNotServed, "no certificate of our own to show");
  if (offer_.kind == SessionKind::Psk) {
    if (const auto unknown = find_key()) return fail(*unknown, "");
  }
  ssl_.reset(wolfSSL_new(ctx));
  if (!ssl_) return fail(HandshakeFailure::Internal, "wolfSSL_new");
  wolfSSL_SetIOReadCtx(ssl_.get(), &records_.wire());
  wolfSSL_SetIOWriteCtx(ssl_.get(), &records_.wire());
  if (!offer_.server_name.empty()) {
    const auto size = static_cast<unsigned short>(offer_.server_name.size());
    if (wolfSSL_UseSNI(ssl_.get(), WOLFSSL_SNI_HOST_NAME, offer_.server_name.data(), size) != WOLFSSL_SUCCESS)
      return fail(HandshakeFailure::Internal, "server name");
  }
  if (offer_.kind == SessionKind::Psk) {
    wolfSSL_set_psk_callback_ctx(ssl_.get(), this);
  } else {
    verification_.emplace(contexts_->anchors(), contexts_->revocation(), judge_);
    verify_context_.emplace(VerifyContext{*verification_, offer_.kind, true});
    wolfSSL_SetCertCbCtx(ssl_.get(), &*verify_context_);
  }
  advance(out);
}

std::optional<HandshakeFailure> TlsClient::find_key() {
  const auto identity = identity::PskIdentity::parse(offer_.psk_identity);
  if (!identity) return HandshakeFailure::UnknownPskIdentity;
  const auto answer = judge_.find_key(*identity);
  const auto* key = std::get_if<const identity::Secret*>(&answer);
  if (key == nullptr || *key == nullptr || (*key)->empty()) return HandshakeFailure::UnknownPskIdentity;
  psk_ = **key;
  return std::nullopt;
}

std::size_t TlsClient::give_key(std::span<char> identity, std::span<std::uint8_t> key) noexcept {
  const auto bytes = psk_.reveal();
  const std::string& name = offer_.psk_identity;
  if (bytes.empty() || bytes.size() > key.size() || name.size() >= identity.size()) return 0;
  std::ranges::copy(name, identity.begin());
  identity[name.size()] = '\0';
  std::ranges::copy(bytes, key.begin());
  psk_given_ = true;
  return bytes.size();
}

void TlsClient::receive(std::span<const std::uint8_t> ciphertext, CipherOutput& out) {
  if (ciphertext.empty() || state_ == State::Closed) return;
  records_.receive(ciphertext);
  if (state_ == State::Handshaking) advance(out);
}

void TlsClient::advance(CipherOutput& out) {
  Wire& wire = records_.wire();
  wire.output = &out;
  const int result = wolfSSL_connect(ssl_.get());
  const int error = result == WOLFSSL_SUCCESS ? 0 : wolfSSL_get_error(ssl_.get(), result);
  wire.output = nullptr;
  if (result == WOLFSSL_SUCCESS) return finish(out);
  if (error != WOLFSSL_ERROR_WANT_READ) return fail_by_library(error);
  // The far end may send a handshake in pieces, and bounds itself: wolfSSL takes what it is given.
  wire.hold();
}

void TlsClient::finish(CipherOutput& out) {
  if (offer_.kind == SessionKind::Psk) {
    const auto identity = identity::PskIdentity::parse(offer_.psk_identity);
    if (!psk_given_ || !identity) return fail(HandshakeFailure::Internal, "handshake without a key");
    key_fingerprint_ = identity::key_fingerprint(psk_.reveal());
    if (const auto refused = judge_.admit(identity::ProvenPsk{*identity, *key_fingerprint_})) {
      records_.open(std::move(ssl_));
      records_.close(out);
      return fail(*refused, "");
    }
  } else if (verification_->failure() || !verification_->credential()) {
    return fail(HandshakeFailure::Internal, "handshake without a verified certificate");
  }
  wolfSSL_set_psk_callback_ctx(ssl_.get(), nullptr);
  wolfSSL_SetCertCbCtx(ssl_.get(), nullptr);
  version_ = wolfSSL_get_version(ssl_.get());
  const int suite = wolfSSL_get_current_cipher_suite(ssl_.get());
  const char* name = wolfSSL_get_cipher_name_iana_from_suite(static_cast<unsigned char>(suite >> 8),
                                                             static_cast<unsigned char>(suite & 0xff));
  suite_ = name == nullptr ? "" : name;
  if (verification_) {
    if (const auto* certificate = std::get_if<identity::ProvenCertificate>(&*verification_->credential()))
      not_after_ = certificate->not_after;
    peer_chain_ = verification_->take_chain();
  }
  verify_context_.reset();
  verification_.reset();
  psk_ = {};
  records_.open(std::move(ssl_));
  state_ = State::Established;
}

void TlsClient::fail_by_library(int error) {
  HandshakeFailure failure = handshake_failure_of(error);
  std::string detail = wolfssl_error_text(error);
  if (verification_ && verification_->failure()) {
    failure = *verification_->failure();
    detail = verification_->detail();
  } else if (offer_.kind == SessionKind::Psk && failure == HandshakeFailure::KeyNotProven) {
    failure = HandshakeFailure::WrongPskKey;
  }
  fail(failure, std::move(detail));
}

void TlsClient::fail(HandshakeFailure failure, std::string detail) {
  state_ = State::Closed;
  failure_ = failure;
  detail_ = std::move(detail);
  ssl_.reset();
  psk_ = {};
  verify_context_.reset();
  verification_.reset();
  records_.break_off();
}

TlsRecords::ReadResult TlsClient::read(std::span<std::uint8_t> plain, CipherOutput& out) {
  const TlsRecords::ReadResult result = records_.read(plain, out);
  if (result.status == TlsRecords::ReadStatus::Failed && state_ == State::Established) state_ = State::Closed;
  return result;
}

bool TlsClient::write(std::span<const std::uint8_t> plain, CipherOutput& out) {
  const bool written = records_.write(plain, out);
  if (!written && state_ == State::Established) state_ = State::Closed;
  return written;
}

void TlsClient::close(CipherOutput& out) {
  ssl_.reset();
  records_.close(out);
  state_ = State::Closed;
}

std::optional<HandshakeFailure> TlsClient::judge_again(const ClientContexts& contexts, CredentialJudge& judge) const {
  if (state_ != State::Established) return HandshakeFailure::Internal;
  if (offer_.kind == SessionKind::Psk) {
    const auto identity = identity::PskIdentity::parse(offer_.psk_identity);
    const auto answer = judge.find_key(*identity);
    const auto* key = std::get_if<const identity::Secret*>(&answer);
    if (key == nullptr || *key == nullptr) return HandshakeFailure::UnknownPskIdentity;
    const identity::Digest fingerprint = identity::key_fingerprint((*key)->reveal());
    if (fingerprint != *key_fingerprint_) return HandshakeFailure::WrongPskKey;
    return judge.admit(identity::ProvenPsk{*identity, fingerprint});
  }
  const std::vector<identity::ByteView> presented = peer_chain_.views();
  PeerVerification verification(contexts.anchors(), contexts.revocation(), judge);
  if (!verification.check_again(offer_.kind, presented, contexts.anchors() == contexts_->anchors()) ||
      !verification.admit()) {
    return verification.failure().value_or(HandshakeFailure::Internal);
  }
  return std::nullopt;
}

}  // namespace saproxy::proxy
