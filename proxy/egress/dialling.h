// Dialling: how we reach one kind of far end: what we show, what we trust, how long we wait.
// Spec: TS-0003 8.2.1 (SA2: entity B shows what it shows in SA1), 8.1.2.4 (whom we expect)
#pragma once

#include <memory>
#include <vector>

#include "identity/certificate_profile.h"
#include "identity/result.h"
#include "policy/egress_rules.h"
#include "policy/snapshot.h"
#include "proxy/session/client_contexts.h"

namespace saproxy::proxy {

struct Dialling {
  std::shared_ptr<const ClientContexts> contexts;
  identity::LocalEntity local;
  policy::DialLimits limits;
};

// As the configuration has it; null without [egress], or [registrar]. Fails with what the TLS library does not like.
[[nodiscard]] identity::Result<std::shared_ptr<const Dialling>> dialling_to_registrees(
    const policy::Snapshot& snapshot);
[[nodiscard]] identity::Result<std::shared_ptr<const Dialling>> dialling_to_registrar(const policy::Snapshot& snapshot);

// Where we listen, and where the CSE does, by the configuration: ports that the kernel picks are not among them.
[[nodiscard]] std::vector<policy::OwnEndpoint> own_endpoints(const policy::Config& config);

}  // namespace saproxy::proxy
