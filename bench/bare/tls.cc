#include "bench/bare/tls.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace saproxy::bench {
namespace {

constexpr const char* kSuites = "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:PSK-AES128-CBC-SHA256";
constexpr std::size_t kRecord = 16384;

// wolfSSL gives the callback no pointer of ours but that of the session; one process has one key.
std::vector<unsigned char>& shared_key() {
  static std::vector<unsigned char> key;
  return key;
}

bool read_key(const std::string& path) {
  std::ifstream file(path);
  std::string hex;
  if (!(file >> hex) || hex.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    shared_key().push_back(static_cast<unsigned char>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  return true;
}

unsigned int give_key(WOLFSSL*, const char*, unsigned char* key, unsigned int size) {
  if (shared_key().size() > size) return 0;
  std::copy(shared_key().begin(), shared_key().end(), key);
  return static_cast<unsigned int>(shared_key().size());
}

bool flush(Wire& wire) {
  const bool sent = send_all(wire.fd, wire.out);
  wire.out.clear();
  return sent;
}

int on_receive(WOLFSSL*, char* buffer, int size, void* context) {
  Wire& wire = *static_cast<Wire*>(context);
  if (wire.begin == wire.end) {
    if (!flush(wire)) return WOLFSSL_CBIO_ERR_CONN_CLOSE;
    const ssize_t got = recv(wire.fd, wire.in.data(), wire.in.size(), 0);
    if (got <= 0) return WOLFSSL_CBIO_ERR_CONN_CLOSE;
    wire.begin = 0;
    wire.end = static_cast<std::size_t>(got);
  }
  const std::size_t taken = std::min(wire.end - wire.begin, static_cast<std::size_t>(size));
  std::memcpy(buffer, wire.in.data() + wire.begin, taken);
  wire.begin += taken;
  return static_cast<int>(taken);
}

int on_send(WOLFSSL*, char* buffer, int size, void* context) {
  auto& out = static_cast<Wire*>(context)->out;
  out.insert(out.end(), buffer, buffer + size);
  return size;
}

bool load(WOLFSSL_CTX* ctx, const std::string& pki) {
  return wolfSSL_CTX_set_cipher_list(ctx, kSuites) == WOLFSSL_SUCCESS &&
         wolfSSL_CTX_use_certificate_chain_file(ctx, (pki + "/server.crt").c_str()) == WOLFSSL_SUCCESS &&
         wolfSSL_CTX_use_PrivateKey_file(ctx, (pki + "/server.key").c_str(), WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS &&
         wolfSSL_CTX_load_verify_locations(ctx, (pki + "/root.crt").c_str(), nullptr) == WOLFSSL_SUCCESS &&
         read_key(pki + "/ae-psk.psk");
}

}  // namespace

bool send_all(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

proxy::OwnedContext make_bare_context(const std::string& pki) {
  wolfSSL_Init();
  proxy::OwnedContext ctx(wolfSSL_CTX_new(wolfTLSv1_2_server_method()));
  if (!ctx || !load(ctx.get(), pki)) {
    std::fprintf(stderr, "bench_bare: wolfSSL or the files in %s are not as needed\n", pki.c_str());
    return nullptr;
  }
  // A certificate is required, except of who proves a pre-shared key.
  wolfSSL_CTX_set_verify(ctx.get(), WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_EXCEPT_PSK, nullptr);
  wolfSSL_CTX_set_psk_server_callback(ctx.get(), give_key);
  wolfSSL_CTX_NoTicketTLSv12(ctx.get());
  wolfSSL_CTX_UseSupportedCurve(ctx.get(), WOLFSSL_ECC_SECP256R1);
  wolfSSL_CTX_SetIORecv(ctx.get(), on_receive);
  wolfSSL_CTX_SetIOSend(ctx.get(), on_send);
  return ctx;
}

BareTls::BareTls(WOLFSSL_CTX* context, int fd, Wire& wire) : ssl_(wolfSSL_new(context)), wire_(wire), fd_(fd) {
  wolfSSL_SetIOReadCtx(ssl_.get(), &wire_);
  wolfSSL_SetIOWriteCtx(ssl_.get(), &wire_);
}

BareTls::~BareTls() { close(fd_); }

bool BareTls::shake_hands() {
  wire_.fd = fd_;
  wire_.begin = wire_.end = 0;
  return wolfSSL_accept(ssl_.get()) == WOLFSSL_SUCCESS && flush(wire_);
}

std::span<const std::uint8_t> BareTls::read() {
  static std::array<std::uint8_t, kRecord> plain;
  wire_.fd = fd_;
  const int size = wolfSSL_read(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
  if (size <= 0) {
    wire_.begin = wire_.end = 0;
    return {};
  }
  return {plain.data(), static_cast<std::size_t>(size)};
}

bool BareTls::has_more() const { return wire_.begin != wire_.end || wolfSSL_pending(ssl_.get()) > 0; }

bool BareTls::write(std::span<const std::uint8_t> plain) {
  wire_.fd = fd_;
  const int size = static_cast<int>(plain.size());
  return wolfSSL_write(ssl_.get(), plain.data(), size) == size && flush(wire_);
}

}  // namespace saproxy::bench
