#include "policy/config_summary.h"

#include <algorithm>
#include <array>

#include "identity/certificate.h"
#include "identity/pem.h"
#include "identity/printable.h"
#include "policy/config_units.h"
#include "policy/cse_profile.h"

namespace saproxy::policy {

namespace {

constexpr std::int64_t kDay = 86'400;

std::string join(const std::vector<std::string>& parts, std::string_view none) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? std::string(none) : identity::printable(text, 1000);
}

std::string row(std::string_view name, const std::string& value) {
  constexpr std::size_t kWidth = 16;
  std::string line(name);
  line.resize(std::max(kWidth, name.size() + 1), ' ');
  return line + value + "\n";
}

std::string days_left(std::int64_t not_after, std::int64_t now) {
  if (not_after <= now) return "expired";
  const std::int64_t days = (not_after - now) / kDay;
  return std::to_string(days) + (days == 1 ? " day" : " days") + " to expiry";
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string describe(const ListenerSettings& listener) {
  std::vector<std::string> frameworks;
  if (listener.psk) frameworks.emplace_back("psk");
  if (listener.certificates) frameworks.emplace_back("certificate");
  if (listener.raw_public_keys) frameworks.emplace_back("raw-public-key");
  std::string text =
      listener.name + " on " + listener.address.text() + ": " + join(frameworks, "no framework") + "; TLS ";
  text += listener.tls.tls12 && listener.tls.tls13 ? "1.2 and 1.3" : listener.tls.tls12 ? "1.2" : "1.3";
  text += listener.no_identity == ListenerSettings::NoIdentity::RegisterOnly ? "; no identity: may register only"
                                                                             : "; no identity: refused";
  return text;
}

std::string describe(const CseSettings& cse) {
  return cse.id.absolute(cse.sp) + " at " + cse.address.text() + ", profile " + std::string(to_text(cse.profile)) +
         ": " + (cse.keep_alive ? "keeps connections" : "one connection for each request") + ", " +
         (cse.whole_requests ? "requests in one piece" : "bodies streamed") + ", requests up to " +
         size_text(cse.max_request) + (cse.max_connections == 1 ? ", one at a time" : "");
}

std::string describe_rules(const Config& config) {
  switch (config.registration.app_rules) {
    case RegistrationSettings::Rules::Off: return "none asked";
    case RegistrationSettings::Rules::File: return counted(config.app_rules.size(), "rule", "rules") + " from files";
    case RegistrationSettings::Rules::Fetched:
      return config.rule_source.registrar ? "fetched from the registrar"
                                          : "fetched from " + config.rule_source.address.text();
  }
  return {};
}

std::string describe(const EgressSettings& egress) {
  std::string ports;
  for (const PortRange& range : egress.ports) {
    ports += (ports.empty() ? "" : ", ") + std::to_string(range.first);
    if (range.last != range.first) ports += "-" + std::to_string(range.last);
  }
  return egress.listen.text() + ": " + (egress.plain ? "all" : "secure") + " points of access on ports " + ports +
         ", answered within " + duration_text(egress.limits.answer_timeout);
}

std::string describe(const RegistrarSettings& registrar) {
  const std::string credential = std::holds_alternative<RegistrarSettings::Psk>(registrar.credential) ? "a PSK"
                                 : std::holds_alternative<RegistrarSettings::RawKey>(registrar.credential)
                                     ? "raw public keys"
                                     : "certificates, its name " + registrar.domain_name;
  return registrar.cse_id.sp_relative() + " at " + registrar.address.authority() + " by " + credential +
         "; our CSE finds it at " + registrar.listen.text();
}

std::string describe_identities(const Config& config) {
  const auto cses = static_cast<std::size_t>(std::ranges::count_if(
      config.identities, [](const auto& entry) { return entry.second.kind == identity::EntityKind::Cse; }));
  const std::size_t aes = config.identities.size() - cses;
  return counted(aes, "credential", "credentials") + " of AEs, " + counted(cses, "credential", "credentials") +
         " of CSEs";
}

std::string describe(const OcspSettings& ocsp) {
  if (ocsp.mode == OcspSettings::Mode::Off) return "off";
  const std::string mode = ocsp.mode == OcspSettings::Mode::Hard ? "required" : "asked, not required";
  return mode + ", of " + (ocsp.responder ? ocsp.responder->authority() : "the responder that a certificate names");
}

std::string describe_anchors(const Config& config, std::int64_t now) {
  std::string lines;
  std::size_t number = 0;
  for (const std::string& pem : config.trust_anchors_pem) {
    const auto blocks = identity::decode_pem(pem, "CERTIFICATE");
    const auto anchor = blocks && !blocks->empty() ? identity::parse_certificate(blocks->front())
                                                   : identity::fail(identity::ErrorCode::BadSyntax, "");
    if (!anchor) continue;
    ++number;
    const std::string name = anchor->subject_common_name.empty() ? "CA " + std::to_string(number)
                                                                 : identity::printable(anchor->subject_common_name);
    lines += row("trust anchor", name + ", " + days_left(anchor->not_after, now));
  }
  return lines;
}

}  // namespace

std::string summary(const Config& config, std::int64_t now) {
  std::string text;
  for (const ListenerSettings& listener : config.listeners) text += row("listener", describe(listener));
  text += row("CSE", describe(config.cse));
  text += row("denied", join(denied_originators_of(config.cse), "nobody"));
  for (const ServerCertificate& certificate : config.certificates) {
    text += row("certificate", identity::printable(certificate.name) + " for " +
                                   join(certificate.server_names, "no server name") + ", " +
                                   days_left(certificate.not_after, now));
  }
  for (const OwnRawKey& key : config.raw_keys) text += row("raw key", identity::printable(key.name));
  text += describe_anchors(config, now);
  text += row("CRLs", std::to_string(config.crls_pem.size()) + (config.require_crl ? ", required of every CA" : ""));
  text += row("OCSP", describe(config.ocsp));
  text += row("credentials", counted(config.psks.size(), "PSK", "PSKs") + ", " +
                                 counted(config.trusted_raw_keys.size(), "raw public key", "raw public keys"));
  text += row("identities", describe_identities(config));
  text += row("app rules", describe_rules(config));
  if (config.egress) text += row("egress", describe(*config.egress));
  if (config.registrar) text += row("registrar", describe(*config.registrar));
  text += row("headers", config.headers.enabled ? config.headers.prefix + "*" : "none");
  text += row("admin", config.admin.address ? config.admin.address->text() : "none");
  text += row("registry", config.registry.file.empty() ? "in memory only" : identity::printable(config.registry.file));
  text += row("files", counted(config.files.size(), "file", "files") + " read");
  return text;
}

}  // namespace saproxy::policy
