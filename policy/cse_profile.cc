#include "policy/cse_profile.h"

#include <array>

namespace saproxy::policy {

namespace {

constexpr std::array<std::string_view, 1> kTinyIotAdministrators = {"CAdmin"};
constexpr std::array<std::string_view, 1> kAcmeAdministrators = {"CAdmin"};
constexpr std::array<std::string_view, 2> kMobiusAdministrators = {"Superman", "Sponde"};
// "cse.admin" is the key of its configuration, "SM" the value that it was shipped with up to 4.5, "Superuser" that of
// its example.
constexpr std::array<std::string_view, 3> kMobius4Administrators = {"cse.admin", "SM", "Superuser"};
constexpr std::array<std::string_view, 2> kOm2mAdministrators = {"admin:admin", "admin"};
constexpr std::array<std::string_view, 8> kAllAdministrators = {"CAdmin",   "cse.admin", "SM",          "Superuser",
                                                                "Superman", "Sponde",    "admin:admin", "admin"};

// The server reads head and body with one recv() into fixed buffers, knows no chunks and closes after each answer.
// Longer parameters than these overflow its stack, and a query becomes JSON in 256 bytes, each pair longer than it was.
// Its threads share resources without locks: two requests at a time can end it. What its SQLite loader does to long
// contents no bound of ours can mend without making it useless (conf/tinyiot.toml).
void apply_tiny_iot(CseSettings& settings) {
  settings.keep_alive = false;
  settings.whole_requests = true;
  settings.health_request = true;
  settings.insert_release_version = true;
  settings.insert_originator = true;
  settings.max_request = 32'000;
  settings.max_header_value = 1000;
  settings.max_originator = 100;
  settings.max_request_id = 100;
  settings.max_query = 100;
  settings.max_connections = 1;
}

// Any form of From will do; an absent one is read as "C".
void apply_acme(CseSettings& settings) { settings.originator_form = OriginatorForm::AsSent; }

// Node closes idle connections after 5 s: ours retire a second earlier. From must be there when an AE registers.
void apply_mobius(CseSettings& settings) { settings.insert_originator = true; }

}  // namespace

std::string_view to_text(CseProfile profile) {
  switch (profile) {
    case CseProfile::Generic: return "generic";
    case CseProfile::TinyIot: return "tinyiot";
    case CseProfile::Acme: return "acme";
    case CseProfile::Mobius: return "mobius";
    case CseProfile::Mobius4: return "mobius4";
    case CseProfile::Om2m: return "om2m";
  }
  return "";
}

void apply_profile(CseProfile profile, CseSettings& settings) {
  settings.profile = profile;
  switch (profile) {
    case CseProfile::TinyIot: return apply_tiny_iot(settings);
    case CseProfile::Acme: return apply_acme(settings);
    case CseProfile::Mobius: return apply_mobius(settings);
    case CseProfile::Generic:
    case CseProfile::Mobius4:
    case CseProfile::Om2m: return;  // the defaults of CseSettings
  }
}

Milliseconds answer_timeout_of(CseProfile profile) {
  switch (profile) {
    case CseProfile::Mobius: return Milliseconds{2300};
    case CseProfile::TinyIot:
    case CseProfile::Mobius4: return Milliseconds{2800};
    case CseProfile::Generic:
    case CseProfile::Acme:
    case CseProfile::Om2m: return Milliseconds{9000};
  }
  return Milliseconds{2300};
}

std::span<const std::string_view> administrators_of(CseProfile profile) {
  switch (profile) {
    case CseProfile::Generic: return kAllAdministrators;
    case CseProfile::TinyIot: return kTinyIotAdministrators;
    case CseProfile::Acme: return kAcmeAdministrators;
    case CseProfile::Mobius: return kMobiusAdministrators;
    case CseProfile::Mobius4: return kMobius4Administrators;
    case CseProfile::Om2m: return kOm2mAdministrators;
  }
  return {};
}

std::vector<std::string> denied_originators_of(const CseSettings& settings) {
  std::vector<std::string> denied = settings.denied_originators;
  if (settings.deny_profile_administrators) {
    for (const std::string_view administrator : administrators_of(settings.profile)) denied.emplace_back(administrator);
  }
  return denied;
}

}  // namespace saproxy::policy
