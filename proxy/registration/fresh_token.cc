#include "proxy/registration/fresh_token.h"

#include <array>

#include "proxy/session/random.h"

namespace saproxy::proxy {

identity::Result<std::string> fresh_token(policy::LocalRoute route) {
  std::array<std::uint8_t, policy::kTokenEntropy> entropy{};
  if (!fill_random(entropy)) return identity::fail(identity::ErrorCode::Failed, "no random numbers");
  return policy::make_token(route, entropy);
}

}  // namespace saproxy::proxy
