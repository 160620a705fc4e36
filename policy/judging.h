// From what a handshake proved to an association, and judging live associations again after a new snapshot.
// Spec: TS-0003 8.2.1; design invariant 7
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "identity/association.h"
#include "identity/credential.h"
#include "identity/resolver.h"
#include "policy/snapshot.h"

namespace saproxy::policy {

// Binds identities to a proven credential under one listener's rules. `started` and `now` are Unix seconds; the
// association expires with the earliest of certificate and session_lifetime. NoIdentity: the handshake is refused
// (unless the listener says register-only).
[[nodiscard]] std::variant<identity::Association, identity::NoIdentity> associate(
    const Snapshot& snapshot, const ListenerSettings& listener, const identity::Credential& credential, std::string id,
    std::int64_t started);

enum class Rejudged { Unchanged, Changed, Ended };
// Resolves the credential anew. Ended: the credential is gone (PSK removed or its key replaced, raw key no longer
// trusted), the identity is gone or of another kind, or the association expired.
[[nodiscard]] Rejudged judge_again(identity::Association& association, const identity::Credential& credential,
                                   const Snapshot& snapshot, const ListenerSettings& listener, std::int64_t started,
                                   std::int64_t now);

}  // namespace saproxy::policy
