#include "tests/support/tls_client.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "proxy/session/wolfssl_library.h"

namespace saproxy::tests {

struct TlsClient::Parts {
  ClientSettings settings;
  proxy::OwnedContext ctx;
  proxy::OwnedSsl ssl;
  Bytes in;
  Bytes out;
  bool connected = false;
  int error = 0;
  Bytes server_certificate;
};

namespace {

int on_receive(WOLFSSL*, char* buffer, int size, void* context) {
  auto& in = *static_cast<Bytes*>(context);
  if (in.empty()) return WOLFSSL_CBIO_ERR_WANT_READ;
  const auto taken = std::min<std::size_t>(in.size(), static_cast<std::size_t>(size));
  std::copy_n(in.begin(), taken, buffer);
  in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(taken));
  return static_cast<int>(taken);
}

int on_send(WOLFSSL*, char* buffer, int size, void* context) {
  auto& out = *static_cast<Bytes*>(context);
  out.insert(out.end(), buffer, buffer + size);
  return size;
}

unsigned int on_psk(WOLFSSL* ssl, const char*, char* identity, unsigned int size, unsigned char* key,
                    unsigned int key_size) {
  const auto& settings = *static_cast<ClientSettings*>(wolfSSL_get_psk_callback_ctx(ssl));
  if (settings.psk_identity.size() >= size || settings.psk_key.size() > key_size) return 0;
  std::memcpy(identity, settings.psk_identity.c_str(), settings.psk_identity.size() + 1);
  std::copy(settings.psk_key.begin(), settings.psk_key.end(), key);
  return static_cast<unsigned int>(settings.psk_key.size());
}

int on_verify(int accepted, WOLFSSL_X509_STORE_CTX* store) {
  auto& certificate = *static_cast<Bytes*>(store->userCtx);
  if (store->totalCerts > 0)
    certificate.assign(store->certs[0].buffer, store->certs[0].buffer + store->certs[0].length);
  return accepted;
}

int ignore_verify(int, WOLFSSL_X509_STORE_CTX* store) {
  on_verify(1, store);
  return 1;
}

void need(int result, const char* what) {
  if (result != WOLFSSL_SUCCESS)
    throw std::runtime_error(std::string("test client: ") + what + ": " + proxy::wolfssl_error_text(result));
}

const unsigned char* bytes_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

TlsClient::TlsClient(const ClientSettings& settings) : parts_(std::make_unique<Parts>()) {
  Parts& p = *parts_;
  p.settings = settings;
  p.ctx.reset(wolfSSL_CTX_new(settings.version == 12   ? wolfTLSv1_2_client_method()
                              : settings.version == 13 ? wolfTLSv1_3_client_method()
                                                       : wolfSSLv23_client_method()));
  WOLFSSL_CTX* ctx = p.ctx.get();
  if (!settings.suites.empty()) need(wolfSSL_CTX_set_cipher_list(ctx, settings.suites.c_str()), "suites");
  if (!settings.trust_pem.empty()) {
    need(wolfSSL_CTX_load_verify_buffer(ctx, bytes_of(settings.trust_pem), static_cast<long>(settings.trust_pem.size()),
                                        WOLFSSL_FILETYPE_PEM),
         "trust");
  }
  wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER, settings.trust_pem.empty() ? ignore_verify : on_verify);
  if (!settings.chain_pem.empty()) {
    need(wolfSSL_CTX_use_certificate_chain_buffer(ctx, bytes_of(settings.chain_pem),
                                                  static_cast<long>(settings.chain_pem.size())),
         "chain");
  }
  if (!settings.raw_key.empty()) {
    need(wolfSSL_CTX_use_certificate_buffer(ctx, settings.raw_key.data(), static_cast<long>(settings.raw_key.size()),
                                            WOLFSSL_FILETYPE_ASN1),
         "raw key");
    const char rpk[] = {WOLFSSL_CERT_TYPE_RPK};
    need(wolfSSL_CTX_set_client_cert_type(ctx, rpk, 1), "client type");
  }
  if (settings.accept_server_raw_key) {
    const char types[] = {WOLFSSL_CERT_TYPE_RPK, WOLFSSL_CERT_TYPE_X509};
    need(wolfSSL_CTX_set_server_cert_type(ctx, types, 2), "server type");
  }
  if (!settings.key_pem.empty()) {
    need(wolfSSL_CTX_use_PrivateKey_buffer(ctx, bytes_of(settings.key_pem), static_cast<long>(settings.key_pem.size()),
                                           WOLFSSL_FILETYPE_PEM),
         "key");
  }
  wolfSSL_CTX_SetIORecv(ctx, on_receive);
  wolfSSL_CTX_SetIOSend(ctx, on_send);
  if (!settings.psk_key.empty()) wolfSSL_CTX_set_psk_client_callback(ctx, on_psk);
  p.ssl.reset(wolfSSL_new(ctx));
  if (!p.ssl) throw std::runtime_error("test client: wolfSSL_new");
  wolfSSL_SetIOReadCtx(p.ssl.get(), &p.in);
  wolfSSL_SetIOWriteCtx(p.ssl.get(), &p.out);
  wolfSSL_set_psk_callback_ctx(p.ssl.get(), &p.settings);
  wolfSSL_SetCertCbCtx(p.ssl.get(), &p.server_certificate);
  if (!settings.server_name.empty()) {
    need(wolfSSL_UseSNI(p.ssl.get(), WOLFSSL_SNI_HOST_NAME, settings.server_name.data(),
                        static_cast<unsigned short>(settings.server_name.size())),
         "SNI");
  }
}

TlsClient::~TlsClient() = default;

Bytes TlsClient::step(std::span<const std::uint8_t> from_server) {
  Parts& p = *parts_;
  p.in.insert(p.in.end(), from_server.begin(), from_server.end());
  if (!p.connected && p.error == 0) {
    const int result = wolfSSL_connect(p.ssl.get());
    if (result == WOLFSSL_SUCCESS) {
      p.connected = true;
    } else if (const int error = wolfSSL_get_error(p.ssl.get(), result); error != WOLFSSL_ERROR_WANT_READ) {
      p.error = error;
    }
  }
  return std::exchange(p.out, {});
}

bool TlsClient::is_connected() const { return parts_->connected; }
bool TlsClient::has_failed() const { return parts_->error != 0; }
int TlsClient::error() const { return parts_->error; }
std::string TlsClient::suite() const { return wolfSSL_get_cipher(parts_->ssl.get()); }
const Bytes& TlsClient::server_certificate() const { return parts_->server_certificate; }

Bytes TlsClient::write(std::span<const std::uint8_t> plain) {
  if (wolfSSL_write(parts_->ssl.get(), plain.data(), static_cast<int>(plain.size())) != static_cast<int>(plain.size()))
    parts_->error = -1;
  return std::exchange(parts_->out, {});
}

Bytes TlsClient::read() {
  Bytes all;
  Bytes piece(16384);
  for (;;) {
    const int size = wolfSSL_read(parts_->ssl.get(), piece.data(), static_cast<int>(piece.size()));
    if (size <= 0) {
      const int error = wolfSSL_get_error(parts_->ssl.get(), size);
      if (error != WOLFSSL_ERROR_WANT_READ) parts_->error = error;
      return all;
    }
    all.insert(all.end(), piece.begin(), piece.begin() + size);
  }
}

Bytes TlsClient::close() {
  wolfSSL_shutdown(parts_->ssl.get());
  return std::exchange(parts_->out, {});
}

}  // namespace saproxy::tests
