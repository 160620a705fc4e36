// The configuration in a page of text, for `saproxy check`: what is served, to whom, and what ends when. Never a key.
#pragma once

#include <cstdint>
#include <string>

#include "policy/config.h"

namespace saproxy::policy {

// `now` is Unix seconds. Errors and warnings are not part of it: LoadResult has them.
[[nodiscard]] std::string summary(const Config& config, std::int64_t now);

}  // namespace saproxy::policy
