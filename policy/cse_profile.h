// CSE profiles: what is known of the CSE implementations, as defaults of [cse]. One table; every setting can be
// overridden by name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/config.h"

namespace saproxy::policy {

// Fills the settings that depend on the profile; id, sp, address and the deny list are left alone.
void apply_profile(CseProfile profile, CseSettings& settings);

// How soon this kind of CSE has to have its answer from us, in time for its own timeout. Facts: tinyIoT and Mobius4
// wait 3 s, Mobius 2.5 s, ACME 10 s.
[[nodiscard]] Milliseconds answer_timeout_of(CseProfile profile);

// Originators that this kind of CSE takes for its administrator, whoever sends them. Generic: those of all profiles.
[[nodiscard]] std::span<const std::string_view> administrators_of(CseProfile profile);

// The deny list of the gate: administrators of the profile (unless switched off) and those that the operator added.
[[nodiscard]] std::vector<std::string> denied_originators_of(const CseSettings& settings);

}  // namespace saproxy::policy
