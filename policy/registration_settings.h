// [registration]: what the texts leave open about registrations, as named options.
#pragma once

#include <cstdint>

#include "policy/response_code.h"

namespace saproxy::policy {

struct RegistrationSettings {
  // Which rules an AE needs (TS-0004 7.3.2.7). Off: its credential's identities decide alone. File: [[app_rule]].
  // Fetched: what the service provider keeps at [rule_source].
  enum class Rules : std::uint8_t { Off, File, Fetched } app_rules = Rules::Off;
  // What an association without identities may ask to be registered as (TS-0003 8.2.2.1), besides what it has
  // registered already. Any: every AE-ID-Stem that configuration gives to nobody. CStems: those of them that begin
  // with C; others belong to the whole service provider. Assigned: only what is assigned to it. Application rules
  // decide by themselves. Nobody can know before which AE-IDs certificates name, so with [trust] the loader makes it
  // Assigned where nothing is written.
  enum class Strangers : std::uint8_t { Any, CStems, Assigned } strangers = Strangers::Any;
  // From absent, "C" or "S", and the association or its rule has exactly one stem: that one is assigned.
  bool assign_single_stem = true;
  // A stem that only a wildcard covers may be used in requests once it was registered with the same credential. False:
  // by everybody that the wildcard covers.
  bool wildcards_need_registration = true;
  // 4000 for an App-ID that begins with none of 'R', 'r', 'N' (TS-0004 7.4.5.2.1). TD_M2M_SE_01 itself uses "APP01".
  bool check_app_id = true;
  // Release 1 (2018) knows neither 4126, 4128 nor 4117: it says 4107, 4107 and 4105.
  enum class Codes : std::uint8_t { Current, Release1 } codes = Codes::Current;
  ResponseCode cse_id_mismatch_code = ResponseCode::OriginatorNotAuthenticated;  // 4107 is the published precedent
  bool operator==(const RegistrationSettings&) const = default;
};

}  // namespace saproxy::policy
