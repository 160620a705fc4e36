// The server side of TLS, on OpenSSL: what registrees show and ask for.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace saproxy::bench {

// `arguments`: those of bench_origin. Null, with a line on standard error, when something is wrong with them. Every
// handshake is a full one.
[[nodiscard]] SSL_CTX* origin_context(const std::vector<std::string>& arguments);

}  // namespace saproxy::bench
