// HandshakeWatch: the verdict does not depend on how the bytes are cut, and nothing is consumed twice.
#include <cstdlib>

#include "proxy/session/handshake_watch.h"

namespace {

using saproxy::proxy::HandshakeWatch;
using saproxy::proxy::SessionKind;
using saproxy::proxy::WatchVerdict;

struct End {
  WatchVerdict::Kind kind = WatchVerdict::Kind::NeedBytes;
  saproxy::proxy::HandshakeFailure failure{};
  std::vector<std::uint8_t> identity;
  bool operator==(const End&) const = default;
};

End run(SessionKind kind, HandshakeWatch::Version version, std::span<const std::uint8_t> bytes, std::size_t piece) {
  HandshakeWatch watch(kind);
  End end;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto part = bytes.subspan(at, std::min(piece, bytes.size() - at));
    const WatchVerdict verdict = watch.feed(part);
    if (verdict.consumed > part.size()) abort();
    at += verdict.consumed;
    end.kind = verdict.kind == WatchVerdict::Kind::Violation || verdict.kind == WatchVerdict::Kind::Encrypted
                   ? verdict.kind
                   : WatchVerdict::Kind::NeedBytes;
    if (verdict.kind == WatchVerdict::Kind::Violation) end.failure = verdict.failure;
    if (verdict.kind == WatchVerdict::Kind::HelloDone) watch.negotiated(version);
    if (verdict.kind == WatchVerdict::Kind::PskIdentity)
      end.identity.assign(watch.psk_identity().begin(), watch.psk_identity().end());
    if (end.kind != WatchVerdict::Kind::NeedBytes) break;
    if (verdict.kind == WatchVerdict::Kind::NeedBytes && verdict.consumed != part.size()) abort();
  }
  return end;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto kind = static_cast<SessionKind>(data[0] % 3);
  const auto version = (data[0] & 0x80) != 0 ? HandshakeWatch::Version::Tls13 : HandshakeWatch::Version::Tls12;
  const std::span<const std::uint8_t> bytes(data + 2, size - 2);
  const End whole = run(kind, version, bytes, bytes.size());
  if (!(whole == run(kind, version, bytes, 1u + data[1]))) abort();
  return 0;
}
