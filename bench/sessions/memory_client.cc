#include "bench/sessions/memory_client.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "bench/sessions/server_side.h"

namespace saproxy::bench {
namespace {

constexpr int kMostFlights = 20;

void need(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "bench: client in memory: %s\n", what);
  std::exit(1);
}

unsigned int give_key(WOLFSSL*, const char*, char* identity, unsigned int size, unsigned char* key,
                      unsigned int key_size) {
  if (std::strlen(kPskIdentity) >= size || sizeof kPskKey > key_size) return 0;
  std::memcpy(identity, kPskIdentity, std::strlen(kPskIdentity) + 1);
  std::copy(std::begin(kPskKey), std::end(kPskKey), key);
  return sizeof kPskKey;
}

void use_certificate(WOLFSSL_CTX* ctx, const std::string& pki) {
  need(wolfSSL_CTX_use_certificate_chain_file(ctx, (pki + "/ae-c.crt").c_str()) == WOLFSSL_SUCCESS, "certificate");
  need(wolfSSL_CTX_use_PrivateKey_file(ctx, (pki + "/ae-c.key").c_str(), WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS,
       "key");
}

}  // namespace

proxy::OwnedContext make_client_context(const std::string& pki, const std::string& suite) {
  proxy::OwnedContext ctx(wolfSSL_CTX_new(wolfTLSv1_2_client_method()));
  need(ctx && wolfSSL_CTX_set_cipher_list(ctx.get(), suite.c_str()) == WOLFSSL_SUCCESS, "cipher suite");
  // Whether the server is who it says is not measured here.
  wolfSSL_CTX_set_verify(ctx.get(), WOLFSSL_VERIFY_NONE, nullptr);
  if (pki.empty()) {
    wolfSSL_CTX_set_psk_client_callback(ctx.get(), give_key);
  } else {
    use_certificate(ctx.get(), pki);
  }
  return ctx;
}

int MemoryClient::on_receive(WOLFSSL*, char* buffer, int size, void* context) {
  MemoryClient& self = *static_cast<MemoryClient*>(context);
  const std::size_t taken = std::min(self.in_.size() - self.in_at_, static_cast<std::size_t>(size));
  if (taken == 0) return WOLFSSL_CBIO_ERR_WANT_READ;
  std::memcpy(buffer, self.in_.data() + self.in_at_, taken);
  self.in_at_ += taken;
  return static_cast<int>(taken);
}

int MemoryClient::on_send(WOLFSSL*, char* buffer, int size, void* context) {
  Bytes& out = static_cast<MemoryClient*>(context)->out_;
  out.insert(out.end(), buffer, buffer + size);
  return size;
}

MemoryClient::MemoryClient(WOLFSSL_CTX* context) {
  wolfSSL_CTX_SetIORecv(context, on_receive);
  wolfSSL_CTX_SetIOSend(context, on_send);
  ssl_.reset(wolfSSL_new(context));
  need(ssl_ != nullptr, "wolfSSL_new");
  wolfSSL_SetIOReadCtx(ssl_.get(), this);
  wolfSSL_SetIOWriteCtx(ssl_.get(), this);
}

bool MemoryClient::shake_hands_with(proxy::TlsSession& session) {
  for (int flight = 0; flight < kMostFlights; ++flight) {
    const bool connected = wolfSSL_connect(ssl_.get()) == WOLFSSL_SUCCESS;
    if (connected) return session.state() == proxy::TlsSession::State::Established;
    in_.clear();
    in_at_ = 0;
    session.receive(std::exchange(out_, {}), in_);
    session.hold();
    if (in_.empty()) return false;
  }
  return false;
}

Bytes MemoryClient::encrypt(std::span<const std::uint8_t> plain) {
  const int size = static_cast<int>(plain.size());
  need(wolfSSL_write(ssl_.get(), plain.data(), size) == size, "write");
  return std::exchange(out_, {});
}

}  // namespace saproxy::bench
