#include "proxy/session/context_builder.h"

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include "proxy/session/peer_certificate.h"
#include "proxy/session/tls_client.h"
#include "proxy/session/tls_handshake.h"
#include "proxy/session/wire.h"

namespace saproxy::proxy {
namespace {

using identity::ErrorCode;
using identity::Result;

constexpr const char* kTls13Suites = "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-AES128-CCM-SHA256";
constexpr const char* kPskExtra = "ECDHE-PSK-AES128-GCM-SHA256:PSK-AES128-GCM-SHA256:";
constexpr const char* kPskMandatory = "PSK-AES128-CBC-SHA256";
constexpr const char* kPskLast = ":ECDHE-PSK-AES128-CBC-SHA256:PSK-AES128-CCM:PSK-AES128-CCM-8";
constexpr const char* kEcdsaExtra = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:";
constexpr const char* kEcdsaMandatory = "ECDHE-ECDSA-AES128-SHA256";
constexpr const char* kEcdsaLast = ":ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES128-CCM-8";
constexpr const char* kRsa = ":ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-SHA256";
constexpr int kVerifyDepth = 5;
constexpr short kMinEcBits = 256;
constexpr short kMinRsaBits = 2048;

Result<OwnedContext> failed(const char* what, int error) {
  return identity::fail(ErrorCode::Failed, std::string(what) + ": " + wolfssl_error_text(error));
}

WOLFSSL_METHOD* method_of(const policy::TlsSettings& tls, TlsRole role) {
  if (role == TlsRole::Client) {
    if (!tls.tls13) return wolfTLSv1_2_client_method();
    return tls.tls12 ? wolfSSLv23_client_method() : wolfTLSv1_3_client_method();
  }
  if (!tls.tls13) return wolfTLSv1_2_server_method();
  return tls.tls12 ? wolfSSLv23_server_method() : wolfTLSv1_3_server_method();
}

// Of a server that shall prove a pre-shared key no certificate counts.
int refuse_certificate(int, WOLFSSL_X509_STORE_CTX*) noexcept { return 0; }

struct EccKey {
  ecc_key key{};
  EccKey() { wc_ecc_init(&key); }
  ~EccKey() { wc_ecc_free(&key); }
  EccKey(const EccKey&) = delete;
  EccKey& operator=(const EccKey&) = delete;
};

// SubjectPublicKeyInfo of a private key in PEM.
Result<identity::Bytes> public_key_info(const identity::Secret& pem) {
  const auto text = pem.reveal();
  identity::Bytes der(text.size());
  const int size =
      wc_KeyPemToDer(text.data(), static_cast<int>(text.size()), der.data(), static_cast<int>(der.size()), nullptr);
  EccKey ec;
  word32 at = 0;
  const int decoded = size <= 0 ? size : wc_EccPrivateKeyDecode(der.data(), &at, &ec.key, static_cast<word32>(size));
  identity::wipe(der);
  if (decoded != 0)
    return identity::fail(ErrorCode::BadSyntax, "not an EC private key in PEM: " + wolfssl_error_text(decoded));
  if (ec.key.type == ECC_PRIVATEKEY_ONLY && wc_ecc_make_pub(&ec.key, nullptr) != 0) {
    return identity::fail(ErrorCode::Failed, "cannot derive the public key");
  }
  identity::Bytes info(256);
  const int length = wc_EccPublicKeyToDer(&ec.key, info.data(), static_cast<word32>(info.size()), 1);
  if (length <= 0)
    return identity::fail(ErrorCode::Failed, "cannot encode the public key: " + wolfssl_error_text(length));
  info.resize(static_cast<std::size_t>(length));
  return info;
}

}  // namespace

std::string ContextBuilder::certificate_suites() const {
  std::string suites;
  if (tls_.extra_suites) suites += kEcdsaExtra;
  suites += kEcdsaMandatory;
  if (tls_.extra_suites) suites += kEcdsaLast;
  if (tls_.profile.allow_rsa) suites += kRsa;
  return suites;
}

Result<OwnedContext> ContextBuilder::common(const std::string& suites) const {
  if (!tls_.tls12 && !tls_.tls13) return identity::fail(ErrorCode::Conflict, "neither TLS 1.2 nor TLS 1.3 is allowed");
  OwnedContext ctx(wolfSSL_CTX_new(method_of(tls_, role_)));
  if (!ctx) return identity::fail(ErrorCode::Failed, "wolfSSL_CTX_new");
  if (tls_.tls12 && tls_.tls13 && wolfSSL_CTX_SetMinVersion(ctx.get(), WOLFSSL_TLSV1_2) != WOLFSSL_SUCCESS) {
    return identity::fail(ErrorCode::Failed, "cannot limit the TLS version");
  }
  const std::string all =
      (tls_.tls13 ? std::string(kTls13Suites) + (tls_.tls12 ? ":" : "") : "") + (tls_.tls12 ? suites : "");
  // wolfSSL derives from the suites which signatures a client's certificate may make: RSA ones only with an RSA suite.
  if (wolfSSL_CTX_set_cipher_list(ctx.get(), all.c_str()) != WOLFSSL_SUCCESS) {
    return identity::fail(ErrorCode::Unsupported, "this wolfSSL does not have the cipher suites " + all);
  }
#ifndef NO_SESSION_CACHE
  wolfSSL_CTX_set_session_cache_mode(ctx.get(), WOLFSSL_SESS_CACHE_OFF);
#endif
  wolfSSL_CTX_NoTicketTLSv12(ctx.get());
#ifdef HAVE_SESSION_TICKET
  // No ticket is made; without the key none is read either.
  wolfSSL_CTX_set_TicketEncCb(ctx.get(), nullptr);
#endif
  wolfSSL_CTX_SetMinEccKey_Sz(ctx.get(), kMinEcBits);
  wolfSSL_CTX_SetMinRsaKey_Sz(ctx.get(), kMinRsaBits);
  wolfSSL_CTX_set_verify_depth(ctx.get(), kVerifyDepth);
  wolfSSL_CTX_UseSupportedCurve(ctx.get(), WOLFSSL_ECC_SECP256R1);
  if (tls_.extra_suites) {
    wolfSSL_CTX_UseSupportedCurve(ctx.get(), WOLFSSL_ECC_X25519);
    wolfSSL_CTX_UseSupportedCurve(ctx.get(), WOLFSSL_ECC_SECP384R1);
  }
  if (tls_.tls13) {
    wolfSSL_CTX_no_ticket_TLSv13(ctx.get());
    wolfSSL_CTX_only_dhe_psk(ctx.get());
  }
  wolfSSL_CTX_SetIORecv(ctx.get(), receive_from_wire);
  wolfSSL_CTX_SetIOSend(ctx.get(), send_to_wire);
  return ctx;
}

Result<OwnedContext> ContextBuilder::psk() const {
  const std::string suites =
      tls_.extra_suites ? std::string(kPskExtra) + kPskMandatory + kPskLast : std::string(kPskMandatory);
  auto ctx = common(suites);
  if (!ctx) return ctx;
  // No certificate on either side: a handshake without the key has nothing else to fall back to.
  if (role_ == TlsRole::Client) {
    // In TLS 1.3 a server may pass over the key and come with a certificate.
    wolfSSL_CTX_set_verify(ctx->get(), WOLFSSL_VERIFY_PEER, refuse_certificate);
    wolfSSL_CTX_set_psk_client_callback(ctx->get(), offer_psk);
  } else {
    wolfSSL_CTX_set_verify(ctx->get(), WOLFSSL_VERIFY_NONE, nullptr);
    wolfSSL_CTX_set_psk_server_callback(ctx->get(), answer_psk);
  }
  return ctx;
}

Result<OwnedContext> ContextBuilder::asking_for_certificate(char peer_type, char own_type) const {
  auto ctx = common(certificate_suites());
  if (!ctx) return ctx;
  wolfSSL_CTX_set_verify(ctx->get(), WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify_peer);
  const char* client = role_ == TlsRole::Client ? &own_type : &peer_type;
  const char* server = role_ == TlsRole::Client ? &peer_type : &own_type;
  if (wolfSSL_CTX_set_client_cert_type(ctx->get(), client, 1) != WOLFSSL_SUCCESS ||
      wolfSSL_CTX_set_server_cert_type(ctx->get(), server, 1) != WOLFSSL_SUCCESS) {
    return identity::fail(ErrorCode::Failed, "cannot set the certificate types");
  }
  return ctx;
}

Result<bool> ContextBuilder::load_own(WOLFSSL_CTX* ctx, const policy::ServerCertificate& own) const {
  const auto key = own.private_key_pem.reveal();
  const std::string which = "certificate '" + own.name + "': ";
  const int chain = wolfSSL_CTX_use_certificate_chain_buffer(
      ctx, reinterpret_cast<const unsigned char*>(own.chain_pem.data()), static_cast<long>(own.chain_pem.size()));
  if (chain != WOLFSSL_SUCCESS)
    return identity::fail(ErrorCode::BadSyntax, which + "bad chain: " + wolfssl_error_text(chain));
  const int loaded =
      wolfSSL_CTX_use_PrivateKey_buffer(ctx, key.data(), static_cast<long>(key.size()), WOLFSSL_FILETYPE_PEM);
  if (loaded != WOLFSSL_SUCCESS)
    return identity::fail(ErrorCode::BadSyntax, which + "bad private key: " + wolfssl_error_text(loaded));
  if (wolfSSL_CTX_check_private_key(ctx) != WOLFSSL_SUCCESS) {
    return identity::fail(ErrorCode::Conflict, which + "the private key does not belong to the certificate");
  }
  return true;
}

Result<OwnedContext> ContextBuilder::certificate(const policy::ServerCertificate& own) const {
  auto ctx = asking_for_certificate(WOLFSSL_CERT_TYPE_X509, WOLFSSL_CERT_TYPE_X509);
  if (!ctx) return ctx;
  SAPROXY_TRY([[maybe_unused]] const bool loaded, load_own(ctx->get(), own));
  SAPROXY_TRY([[maybe_unused]] const bool trusted, anchors_.load_into(ctx->get()));
  return ctx;
}

Result<OwnedContext> ContextBuilder::raw_key(const policy::ServerCertificate& own) const {
  auto ctx = asking_for_certificate(WOLFSSL_CERT_TYPE_RPK, WOLFSSL_CERT_TYPE_X509);
  if (!ctx) return ctx;
  SAPROXY_TRY([[maybe_unused]] const bool loaded, load_own(ctx->get(), own));
  return ctx;
}

Result<OwnedContext> ContextBuilder::raw_key(const policy::OwnRawKey& own) const {
  auto ctx = asking_for_certificate(WOLFSSL_CERT_TYPE_RPK, WOLFSSL_CERT_TYPE_RPK);
  if (!ctx) return ctx;
  auto info = public_key_info(own.private_key_pem);
  if (!info) return identity::fail(info.error().code, "raw key '" + own.name + "': " + info.error().detail);
  const auto key = own.private_key_pem.reveal();
  const int shown = wolfSSL_CTX_use_certificate_buffer(ctx->get(), info->data(), static_cast<long>(info->size()),
                                                       WOLFSSL_FILETYPE_ASN1);
  if (shown != WOLFSSL_SUCCESS) return failed("raw public key", shown);
  const int loaded =
      wolfSSL_CTX_use_PrivateKey_buffer(ctx->get(), key.data(), static_cast<long>(key.size()), WOLFSSL_FILETYPE_PEM);
  if (loaded != WOLFSSL_SUCCESS) return failed("private key of the raw public key", loaded);
  return ctx;
}

}  // namespace saproxy::proxy
