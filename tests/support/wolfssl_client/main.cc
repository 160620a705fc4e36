// A TLS 1.2 and 1.3 client on wolfSSL: connects, sends its standard input, prints what comes. For tests with a wolfSSL
// peer. With --listen it is the server of one session, for the only raw public keys that speak more than HTTP GET.
//
//   wolfssl_client --connect HOST:PORT | --listen HOST:PORT --suites LIST [--tls13] [--server-name NAME]
//                  [--psk IDENTITY:HEX] | [--certificate CHAIN.pem --trust CA.pem | --raw-public-key PUB.pem] --key
//                  KEY.pem
//
// Exit code: 0 the peer closed in order, 1 the handshake or the connection failed (why on standard error), 2 usage.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wolfssl/ssl.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

// The library is built to ask its user for random bytes.
extern "C" int saproxy_rand_block(unsigned char* output, unsigned int size) {
  return getrandom(output, size, 0) == static_cast<ssize_t>(size) ? 0 : -1;
}

namespace {

struct FreeContext {
  void operator()(WOLFSSL_CTX* ctx) const { wolfSSL_CTX_free(ctx); }
};
struct FreeSession {
  void operator()(WOLFSSL* ssl) const { wolfSSL_free(ssl); }
};
using Context = std::unique_ptr<WOLFSSL_CTX, FreeContext>;
using Session = std::unique_ptr<WOLFSSL, FreeSession>;
using Options = std::map<std::string, std::string>;
using Bytes = std::vector<unsigned char>;

struct Psk {
  std::string identity;
  Bytes key;
};
Psk psk;  // the callback of wolfSSL has no other way to it in TLS 1.2

[[noreturn]] void fail(const std::string& what, int code = 1) {
  std::fprintf(stderr, "wolfssl_client: %s\n", what.c_str());
  std::exit(code);
}

[[noreturn]] void fail_tls(const char* what, WOLFSSL* ssl, int result) {
  std::array<char, WOLFSSL_MAX_ERROR_SZ> text{};
  const int error = wolfSSL_get_error(ssl, result);
  wolfSSL_ERR_error_string_n(static_cast<unsigned long>(error), text.data(), text.size());
  WOLFSSL_ALERT_HISTORY alerts{};
  wolfSSL_get_alert_history(ssl, &alerts);
  fail(std::string(what) + ": " + text.data() + " (" + std::to_string(error) + "), alert " +
       std::to_string(alerts.last_rx.code));
}

void check(int result, const char* what) {
  if (result != WOLFSSL_SUCCESS) fail(std::string(what) + ": " + std::to_string(result));
}

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--tls13") {
      options[name] = "yes";
    } else if (i + 1 < argc && name.starts_with("--")) {
      options[name] = argv[++i];
    } else {
      fail("unknown argument " + name, 2);
    }
  }
  if (options.contains("--connect") == options.contains("--listen") || !options.contains("--suites"))
    fail("needs --connect or --listen, and --suites", 2);
  return options;
}

Bytes from_hex(const std::string& text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<unsigned char>(std::stoul(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot read " + path, 2);
  return {std::istreambuf_iterator<char>(in), {}};
}

unsigned int give_key(WOLFSSL* /*ssl*/, const char* /*hint*/, char* identity, unsigned int identity_size,
                      unsigned char* key, unsigned int key_size) {
  if (psk.identity.size() >= identity_size || psk.key.size() > key_size) return 0;
  std::memcpy(identity, psk.identity.c_str(), psk.identity.size() + 1);
  std::memcpy(key, psk.key.data(), psk.key.size());
  return static_cast<unsigned int>(psk.key.size());
}

void use_psk(WOLFSSL_CTX* ctx, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) fail("--psk is IDENTITY:HEX", 2);
  psk = {text.substr(0, colon), from_hex(text.substr(colon + 1))};
  wolfSSL_CTX_set_psk_client_callback(ctx, give_key);
  wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, nullptr);
}

void use_key(WOLFSSL_CTX* ctx, const Options& options) {
  check(wolfSSL_CTX_use_PrivateKey_file(ctx, options.at("--key").c_str(), WOLFSSL_FILETYPE_PEM), "--key");
}

void use_certificate(WOLFSSL_CTX* ctx, const Options& options) {
  check(wolfSSL_CTX_use_certificate_chain_file(ctx, options.at("--certificate").c_str()), "--certificate");
  use_key(ctx, options);
  if (options.contains("--trust")) {
    check(wolfSSL_CTX_load_verify_locations(ctx, options.at("--trust").c_str(), nullptr), "--trust");
    wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER, nullptr);
  } else {
    wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, nullptr);
  }
}

int accept_any_raw_key(int /*preverify*/, WOLFSSL_X509_STORE_CTX* /*store*/) { return 1; }

void use_raw_public_key(WOLFSSL_CTX* ctx, const Options& options) {
  const std::string pem = read_file(options.at("--raw-public-key"));
  Bytes der(pem.size());
  const int size = wolfSSL_PubKeyPemToDer(reinterpret_cast<const unsigned char*>(pem.data()),
                                          static_cast<int>(pem.size()), der.data(), static_cast<int>(der.size()));
  if (size <= 0) fail("--raw-public-key: " + std::to_string(size), 2);
  check(wolfSSL_CTX_use_certificate_buffer(ctx, der.data(), size, WOLFSSL_FILETYPE_ASN1), "raw public key");
  use_key(ctx, options);
  const char raw[] = {WOLFSSL_CERT_TYPE_RPK};
  check(wolfSSL_CTX_set_client_cert_type(ctx, raw, 1), "client certificate type");
  check(wolfSSL_CTX_set_server_cert_type(ctx, raw, 1), "server certificate type");
  wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any_raw_key);
}

Context make_context(const Options& options) {
  const bool tls13 = options.contains("--tls13");
  Context ctx(wolfSSL_CTX_new(options.contains("--listen")
                                  ? (tls13 ? wolfTLSv1_3_server_method() : wolfTLSv1_2_server_method())
                                  : (tls13 ? wolfTLSv1_3_client_method() : wolfTLSv1_2_client_method())));
  if (!ctx) fail("no context");
  check(wolfSSL_CTX_set_cipher_list(ctx.get(), options.at("--suites").c_str()), "--suites");
  if (options.contains("--psk")) use_psk(ctx.get(), options.at("--psk"));
  if (options.contains("--certificate")) use_certificate(ctx.get(), options);
  if (options.contains("--raw-public-key")) use_raw_public_key(ctx.get(), options);
  return ctx;
}

sockaddr_in to_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) fail("an address is HOST:PORT", 2);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  if (inet_pton(AF_INET, address.substr(0, colon).c_str(), &name.sin_addr) != 1) fail("an address is one of IPv4", 2);
  return name;
}

int connect_to(const std::string& address) {
  const sockaddr_in name = to_address(address);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) fail("cannot connect");
  return fd;
}

// The first that connects.
int accept_at(const std::string& address) {
  const sockaddr_in name = to_address(address);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (listener < 0 || bind(listener, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      listen(listener, 1) != 0)
    fail("cannot listen");
  std::fprintf(stderr, "wolfssl_client: listening\n");
  const int fd = accept(listener, nullptr, nullptr);
  close(listener);
  if (fd < 0) fail("cannot accept");
  return fd;
}

void begin_as_client(WOLFSSL* ssl, const Options& options) {
  const std::string name = options.contains("--server-name") ? options.at("--server-name") : "cse1.sp.example.com";
  check(wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, name.data(), static_cast<unsigned short>(name.size())),
        "--server-name");
}

// Standard input to the peer. False at its end.
bool send_input(WOLFSSL* ssl) {
  std::array<char, 16384> buffer;
  const ssize_t size = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (size <= 0) return false;
  const int written = wolfSSL_write(ssl, buffer.data(), static_cast<int>(size));
  if (written != size) fail_tls("write", ssl, written);
  return true;
}

// What the peer sent to standard output. False at the end of the stream.
bool print_output(WOLFSSL* ssl) {
  std::array<char, 16384> buffer;
  do {
    const int size = wolfSSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
    if (size <= 0) {
      const int error = wolfSSL_get_error(ssl, size);
      if (error == WOLFSSL_ERROR_ZERO_RETURN) return false;
      if (error == WOLFSSL_ERROR_WANT_READ) return true;
      fail_tls("read", ssl, size);
    }
    for (int at = 0; at < size;) {
      const ssize_t put = write(STDOUT_FILENO, buffer.data() + at, static_cast<std::size_t>(size - at));
      if (put <= 0) std::exit(0);
      at += static_cast<int>(put);
    }
  } while (wolfSSL_pending(ssl) > 0);
  return true;
}

void converse(WOLFSSL* ssl, int fd) {
  std::array<pollfd, 2> polled{{{fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
  while (poll(polled.data(), polled.size(), -1) > 0) {
    if (polled[0].revents != 0 && !print_output(ssl)) return;
    if (polled[1].revents != 0 && !send_input(ssl)) {
      wolfSSL_shutdown(ssl);
      polled[1].fd = -1;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  wolfSSL_Init();
  const Context ctx = make_context(options);
  const Session ssl(wolfSSL_new(ctx.get()));
  if (!ssl) fail("no session");
  const bool server = options.contains("--listen");
  if (!server) begin_as_client(ssl.get(), options);
  const int fd = server ? accept_at(options.at("--listen")) : connect_to(options.at("--connect"));
  wolfSSL_set_fd(ssl.get(), fd);
  if (const int result = server ? wolfSSL_accept(ssl.get()) : wolfSSL_connect(ssl.get()); result != WOLFSSL_SUCCESS)
    fail_tls("handshake", ssl.get(), result);
  std::fprintf(stderr, "wolfssl_client: %s %s\n", wolfSSL_get_version(ssl.get()), wolfSSL_get_cipher_name(ssl.get()));
  converse(ssl.get(), fd);
  close(fd);
  return 0;
}
