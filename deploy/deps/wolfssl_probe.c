/* Compiles and links only against a wolfSSL that saproxy can use; each #error is a reason for the refusal. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/version.h>

#ifndef SAPROXY_MIN_WOLFSSL
#define SAPROXY_MIN_WOLFSSL 0x05007004
#endif
#if LIBWOLFSSL_VERSION_HEX < SAPROXY_MIN_WOLFSSL
#error "wolfSSL is older than 5.7.4"
#endif
#ifndef WOLFSSL_TLS13
#error "no TLS 1.3 (--enable-tls13)"
#endif
#ifdef WOLFSSL_NO_TLS12
#error "no TLS 1.2"
#endif
#ifdef NO_PSK
#error "no pre-shared keys (--enable-psk)"
#endif
#ifndef HAVE_RPK
#error "no raw public keys of RFC 7250 (--enable-rpk)"
#endif
#ifndef WOLFSSL_DTLS_CID
#error "no Connection ID (--enable-dtlscid)"
#endif
#ifndef WOLFSSL_STATIC_PSK
#error "no TLS_PSK_WITH_AES_128_CBC_SHA256 (-DWOLFSSL_STATIC_PSK)"
#endif
#ifndef WOLFSSL_ALWAYS_VERIFY_CB
#error "raw public keys would be taken unseen (-DWOLFSSL_ALWAYS_VERIFY_CB)"
#endif
#if defined(__x86_64__) && !defined(WOLFSSL_AESNI)
#error "no AES-NI (--enable-intelasm)"
#endif
#if !defined(HAVE_AESGCM) || !defined(HAVE_AESCCM)
#error "no AES-GCM or no AES-CCM"
#endif
#ifndef HAVE_ECC
#error "no ECC"
#endif
#ifndef HAVE_SNI
#error "no SNI (--enable-sni)"
#endif
#ifndef HAVE_CRL
#error "no CRL (--enable-crl)"
#endif
#ifndef HAVE_EXTENDED_MASTER
#error "no extended master secret (--enable-extended-master)"
#endif
#ifndef HAVE_KEYING_MATERIAL
#error "no keying material exporter (--enable-keying-material)"
#endif
#ifndef WOLFSSL_CERT_EXT
#error "no certificate extensions (--enable-certext)"
#endif
#ifdef HAVE_SECURE_RENEGOTIATION
#error "renegotiation is compiled in"
#endif
#ifdef SESSION_CERTS
#error "every session would keep the peer's chain (--enable-sessioncerts)"
#endif

int saproxy_rand_block(unsigned char* output, unsigned int size);
int saproxy_rand_block(unsigned char* output, unsigned int size) {
  (void)output;
  (void)size;
  return -1;
}

int main(void) { return wolfSSL_Init() == WOLFSSL_SUCCESS && wolfSSL_lib_version_hex() == LIBWOLFSSL_VERSION_HEX ? 0 : 1; }
