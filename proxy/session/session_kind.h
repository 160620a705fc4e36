// How a session authenticates its peer.
#pragma once

#include <cstdint>

namespace saproxy::proxy {

enum class SessionKind : std::uint8_t { Psk, Certificate, RawKey };

}  // namespace saproxy::proxy
