#include "proxy/session/client_hello.h"

#include <algorithm>
#include <array>

#include "proxy/session/byte_reader.h"

namespace saproxy::proxy {
namespace {

using Span = std::span<const std::uint8_t>;

constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kClientHelloType = 1;
constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMaxRecord = 16384;
constexpr std::size_t kMaxExtensions = 64;
constexpr std::size_t kMaxPskIdentity = 512;
constexpr std::uint16_t kTls12 = 0x0303;
constexpr std::uint16_t kTls13 = 0x0304;

// Extensions.
constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kClientCertificateType = 19;
constexpr std::uint16_t kServerCertificateType = 20;
constexpr std::uint16_t kExtendedMasterSecret = 23;
constexpr std::uint16_t kPreSharedKey = 41;
constexpr std::uint16_t kSupportedVersions = 43;

// TLS 1.2 with a PSK: CBC_SHA256, GCM, CCM, CCM_8, and ECDHE_PSK with CBC_SHA256 and GCM.
constexpr std::array<std::uint16_t, 6> kPskSuites = {0x00ae, 0x00a8, 0xc0a4, 0xc0a8, 0xc037, 0xd001};
// ECDHE_ECDSA and ECDHE_RSA with CBC_SHA256, GCM, CCM, CCM_8.
constexpr std::array<std::uint16_t, 8> kCertificateSuites = {0xc023, 0xc02b, 0xc0ac, 0xc0ae,
                                                             0xc02c, 0xc027, 0xc02f, 0xc030};
constexpr std::array<std::uint16_t, 4> kTls13Suites = {0x1301, 0x1302, 0x1304, 0x1305};

template <std::size_t N>
bool one_of(const std::array<std::uint16_t, N>& list, std::uint32_t value) {
  return std::ranges::find(list, value) != list.end();
}

bool read_suites(Span bytes, ClientHello& hello) {
  if (bytes.empty() || bytes.size() % 2 != 0) return false;
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    const std::uint32_t suite = static_cast<std::uint32_t>(bytes[at]) << 8 | bytes[at + 1];
    hello.offers_psk_suites |= one_of(kPskSuites, suite);
    hello.offers_certificate_suites |= one_of(kCertificateSuites, suite);
    hello.offers_tls13_suites |= one_of(kTls13Suites, suite);
  }
  return true;
}

bool is_host_byte(std::uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-' ||
         byte == '.' || byte == '_';
}

// Spec: RFC 6066 3. One name of type host_name; anything but a host name is refused, so that it never reaches a log or
// a comparison.
bool read_server_name(Span body, ClientHello& hello) {
  ByteReader reader(body);
  const auto list = reader.block(2);
  if (!list || !reader.empty() || list->empty()) return false;
  ByteReader names(*list);
  while (!names.empty()) {
    const auto type = names.number(1);
    const auto name = names.block(2);
    if (!type || !name) return false;
    if (*type != 0) continue;
    if (!hello.server_name.empty() || name->empty() || name->size() > 255 || !std::ranges::all_of(*name, is_host_byte))
      return false;
    hello.server_name.assign(name->begin(), name->end());
    std::ranges::transform(hello.server_name, hello.server_name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  }
  return true;
}

bool read_certificate_types(Span body, std::vector<std::uint8_t>& types) {
  ByteReader reader(body);
  const auto list = reader.block(1);
  if (!list || !reader.empty() || list->empty()) return false;
  types.assign(list->begin(), list->end());
  return true;
}

bool read_versions(Span body, ClientHello& hello) {
  ByteReader reader(body);
  const auto list = reader.block(1);
  if (!list || !reader.empty() || list->empty() || list->size() % 2 != 0) return false;
  ByteReader versions(*list);
  hello.offers_tls12 = false;
  while (const auto version = versions.number(2)) {
    hello.offers_tls12 |= *version == kTls12;
    hello.offers_tls13 |= *version == kTls13;
  }
  return true;
}

// Spec: RFC 8446 4.2.11
bool read_pre_shared_key(Span body, ClientHello& hello) {
  ByteReader reader(body);
  const auto identities = reader.block(2);
  const auto binders = reader.block(2);
  if (!identities || !binders || !reader.empty() || binders->size() < 33) return false;
  ByteReader list(*identities);
  const auto first = list.block(2);
  if (!first || first->empty() || !list.number(4)) return false;
  while (!list.empty()) {
    if (!list.block(2) || !list.number(4)) return false;
  }
  hello.has_pre_shared_key = true;
  if (first->size() <= kMaxPskIdentity) hello.first_psk_identity.emplace(first->begin(), first->end());
  return true;
}

bool read_extension(std::uint32_t type, Span body, ClientHello& hello) {
  switch (type) {
    case kServerName: return read_server_name(body, hello);
    case kClientCertificateType: return read_certificate_types(body, hello.client_certificate_types);
    case kServerCertificateType: return read_certificate_types(body, hello.server_certificate_types);
    case kExtendedMasterSecret: hello.extended_master_secret = true; return body.empty();
    case kPreSharedKey: return read_pre_shared_key(body, hello);
    case kSupportedVersions: return read_versions(body, hello);
    default: return true;
  }
}

bool read_extensions(Span bytes, ClientHello& hello) {
  ByteReader reader(bytes);
  std::array<std::uint32_t, kMaxExtensions> seen{};
  std::size_t count = 0;
  while (!reader.empty()) {
    // Spec: RFC 8446 4.2.11: pre_shared_key is the last extension.
    if (hello.has_pre_shared_key) return false;
    const auto type = reader.number(2);
    const auto body = reader.block(2);
    if (!type || !body || count == kMaxExtensions) return false;
    // Spec: RFC 5246 7.4.1.4: no extension twice.
    if (std::find(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(count), *type) !=
        seen.begin() + static_cast<std::ptrdiff_t>(count))
      return false;
    seen[count++] = *type;
    if (!read_extension(*type, *body, hello)) return false;
  }
  return true;
}

bool read_hello_body(Span body, ClientHello& hello) {
  ByteReader reader(body);
  const auto version = reader.number(2);
  if (!version || !reader.take(32)) return false;
  hello.legacy_version = static_cast<std::uint16_t>(*version);
  hello.offers_tls12 = *version >= kTls12;
  const auto session = reader.block(1);
  const auto suites = reader.block(2);
  const auto compressions = reader.block(1);
  if (!session || session->size() > 32 || !suites || !read_suites(*suites, hello)) return false;
  if (!compressions || std::ranges::find(*compressions, 0) == compressions->end()) return false;
  if (reader.empty()) return true;
  const auto extensions = reader.block(2);
  return extensions && reader.empty() && read_extensions(*extensions, hello);
}

// Joins the handshake bytes of the records at the start, as far as they are needed and there.
struct Joined {
  HelloStatus status = HelloStatus::Incomplete;
  std::size_t needed = 4;  // of the message with its header
  std::vector<std::uint8_t> message;
};

// Looks at one record; false when there is nothing to go on with.
bool join_record(Span& rest, Joined& joined) {
  if (rest.empty()) return false;
  if (rest[0] != kHandshakeRecord || (rest.size() > 1 && rest[1] != 3)) {
    joined.status = joined.message.empty() ? HelloStatus::NotTls : HelloStatus::Malformed;
    return false;
  }
  if (rest.size() < kRecordHeader) return false;
  const std::size_t length = static_cast<std::size_t>(rest[3]) << 8 | rest[4];
  if (length == 0 || length > kMaxRecord) {
    joined.status = HelloStatus::Malformed;
    return false;
  }
  const std::size_t there = std::min(length, rest.size() - kRecordHeader);
  const auto body = rest.subspan(kRecordHeader, there);
  joined.message.insert(joined.message.end(), body.begin(), body.end());
  rest = rest.subspan(kRecordHeader + there);
  return true;
}

// False when the message cannot be a ClientHello within the bound.
bool check_header(Joined& joined) {
  if (joined.message.empty()) return true;
  if (joined.message[0] != kClientHelloType) {
    joined.status = HelloStatus::Malformed;
    return false;
  }
  if (joined.message.size() < 4) return true;
  const auto& m = joined.message;
  joined.needed = 4 + (static_cast<std::size_t>(m[1]) << 16 | static_cast<std::size_t>(m[2]) << 8 | m[3]);
  if (joined.needed <= kMaxClientHello) return true;
  joined.status = HelloStatus::TooLarge;
  return false;
}

}  // namespace

HelloStatus read_client_hello(Span bytes, ClientHello& hello) {
  hello = ClientHello{};
  Joined joined;
  Span rest = bytes;
  // Records of one byte each would multiply the size; a client that does so gets no further than this.
  constexpr std::size_t kMaxBytes = 2 * kMaxClientHello;
  while (joined.message.size() < joined.needed) {
    if (!join_record(rest, joined)) {
      return joined.status == HelloStatus::Incomplete && bytes.size() > kMaxBytes ? HelloStatus::TooLarge
                                                                                  : joined.status;
    }
    if (!check_header(joined)) return joined.status;
  }
  // Nothing may follow the hello in its record: the client has to wait for us.
  if (joined.message.size() > joined.needed) return HelloStatus::Malformed;
  if (!read_hello_body(Span(joined.message).subspan(4), hello)) {
    hello = ClientHello{};
    return HelloStatus::Malformed;
  }
  return HelloStatus::Complete;
}

}  // namespace saproxy::proxy
