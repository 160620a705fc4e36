// Configuration as plain structs: defaults beside the fields, units in the types. A part is handed its own struct and
// sees no other. The TOML names are the field names; conf/README.md lists them all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "identity/app_rules.h"
#include "identity/association.h"
#include "identity/entity_id.h"
#include "identity/public_key_name.h"
#include "identity/resolver.h"
#include "identity/secret.h"
#include "policy/connection_settings.h"
#include "policy/egress_settings.h"
#include "policy/registration_settings.h"
#include "policy/responder_url.h"

namespace saproxy::policy {

// [cse]: the CSE behind us and how it likes to be talked to (facts of CSE profiles).
enum class CseProfile { Generic, TinyIot, Acme, Mobius, Mobius4, Om2m };
[[nodiscard]] std::string_view to_text(CseProfile profile);
enum class OriginatorForm { AsSent, CseRelative };

struct CseSettings {
  identity::CseId id =
      *identity::CseId::parse("/unset");  // id, sp and address have no default: the loader demands them
  identity::SpId sp = *identity::SpId::parse("//unset.invalid");
  std::string base_name;  // resource name of its CSEBase, "cse-in"; empty: not known
  Endpoint address;
  CseProfile profile = CseProfile::Generic;
  // Each of these has its default from the profile and can be overridden by name.
  bool keep_alive = true;
  Milliseconds idle_timeout{4000};      // pooled connections are retired before the CSE does
  bool whole_requests = false;          // buffer and send head and body in one write, never chunked
  bool insert_release_version = false;  // add X-M2M-RVI when the client sent none
  std::string release_version = "3";
  bool insert_originator = false;                                // CREATE <AE> without From: send "C"
  OriginatorForm originator_form = OriginatorForm::CseRelative;  // of From as the CSE sees it
  std::uint32_t max_request = 1u << 20;                          // bytes of head and body sent to the CSE
  std::uint32_t max_header_value = 4000;
  std::uint32_t max_originator = 250;
  std::uint32_t max_request_id = 250;
  std::uint32_t max_query = 4000;  // of the target, as written
  std::uint32_t max_connections =
      64;  // per worker; 1: one request at a time, with the one worker that is the default then
  std::uint32_t max_waiting = 1024;  // requests per worker that wait for a connection
  Milliseconds connect_timeout{2000};
  Milliseconds response_timeout{20000};  // until the head of the answer
  Milliseconds health_interval{2000};
  bool health_request = false;                  // ask by a GET instead of a bare connect, which some CSEs do not bear
  std::vector<std::string> denied_originators;  // added to those of the profile
  bool deny_profile_administrators = true;
  bool allow_remote_cse =
      false;  // address may be another host's: requests and identities cross the network in the clear
  enum class Exposed {
    Ignore,
    Warn,
    Refuse
  } exposed_port = Exposed::Warn;  // plaintext port answers on a non-loopback address
  bool operator==(const CseSettings&) const = default;
};

// [[listener]]
struct ServerCertificate {
  std::string name;       // [[certificate]] name
  std::string chain_pem;  // leaf first
  identity::Secret private_key_pem;
  std::vector<std::string> server_names;  // SNI values; the dNSNames of the leaf when not given
  std::int64_t not_after = 0;
};
struct Limits {
  Milliseconds handshake_timeout{10000};
  Milliseconds header_timeout{10000};
  Milliseconds body_timeout{30000};       // without progress
  Milliseconds request_timeout{300000};   // from the first byte of a request to its last
  Milliseconds answer_timeout{300000};    // from the head of the CSE's answer to its last byte
  Milliseconds idle_timeout{120000};      // keep-alive
  Seconds session_lifetime{86400};        // a session ends then at the latest, and with its certificate or key
  std::uint32_t max_connections = 20000;  // per worker
  std::uint32_t max_handshakes = 2000;  // unfinished, per worker; above it the longest silent makes room for a new one
  Milliseconds handshake_patience{1000};  // if it has been silent for this long; until then new ones wait
  std::uint32_t max_header_bytes = 16384;
  std::uint32_t max_headers = 64;
  std::uint64_t max_body = 1u << 20;
  bool operator==(const Limits&) const = default;
};
struct ListenerSettings {
  std::string name;
  Endpoint address;
  TlsSettings tls;
  bool psk = true;  // frameworks served on this port
  bool certificates = true;
  bool raw_public_keys = true;
  std::vector<std::string> certificate_names;  // which [[certificate]]; the first is the default without SNI
  std::string raw_key_name;  // [[raw_key]] used as our own raw public key; empty: raw-key clients get the certificate
  enum class NoIdentity { RefuseHandshake, RegisterOnly } no_identity = NoIdentity::RefuseHandshake;
  Limits limits;
};
// [[raw_key]]: our own raw public key.
struct OwnRawKey {
  std::string name;
  identity::Secret private_key_pem;
};

// [identity_headers]
struct HeaderSettings {
  bool enabled = true;
  std::string prefix = "X-M2M-SA-";  // Credential-ID, Entity, Identities, SAEF, Association follow
  bool client_cert = false;          // RFC 9440 Client-Cert
  bool forwarded = false;            // RFC 7239 Forwarded
  bool operator==(const HeaderSettings&) const = default;
};

// [admin]
struct AdminSettings {
  std::optional<Endpoint> address;  // loopback or Unix socket
  bool operator==(const AdminSettings&) const = default;
};
// [registry]
struct RegistrySettings {
  std::string file;  // empty: registrations live in memory only
  std::uint32_t max_registrations = 100'000;
  std::uint32_t max_registrations_per_credential = 1000;
  // Whether the CSE is asked by itself about its registrations. The loader makes it Off when the CSE takes one request
  // at a time and nothing else is written.
  enum class Reconcile : std::uint8_t { Off, Start } reconcile = Reconcile::Start;
  std::optional<Milliseconds> reconcile_every;  // besides when the CSE begins to answer
  std::uint32_t reconcile_rate = 100;           // requests a second
  std::string reconcile_originator;             // From; empty: each registree's own identity, otherwise the CSE-ID
  bool operator==(const RegistrySettings&) const = default;
};
// [rule_source]: where the <serviceSubscribedAppRule> resources are, for app_rules = "fetched".
struct RuleSourceSettings {
  bool registrar = false;     // asked over the security association to [registrar]; no address then
  Endpoint address;           // the CSE itself, an IN-CSE on this machine, or a forwarder to one
  bool allow_remote = false;  // address may be another host's: rules cross the network in the clear
  std::string base = "-";     // address of its CSEBase
  std::string originator;     // From of our requests; empty: the CSE-ID of [cse]
  Milliseconds refresh{300000};
  std::optional<Milliseconds> max_age;  // how long the last good copy serves when the source is away; none: for ever
  Milliseconds timeout{5000};           // for each request, and for a registration that waits for the first fetch
  std::uint32_t max_rules = 100000;
  bool operator==(const RuleSourceSettings&) const = default;
};
// [trust.ocsp]: the CA is asked whether the certificate of a registree still stands.
struct OcspSettings {
  enum class Mode { Off, Soft, Hard } mode = Mode::Off;  // soft: without an answer the registree is let in
  std::optional<ResponderUrl> responder;                 // asked instead of those that certificates name
  std::vector<AllowedResponder> allow;                   // responders that certificates may name; empty: any
  Milliseconds timeout{3000};        // from the question to the verdict, waiting for others included
  Milliseconds min_age{60000};       // an answer serves until its nextUpdate, but at least this long
  Milliseconds max_age{3600000};     // and at most this long
  Milliseconds retry_after{10000};   // a certificate without an answer is asked about again
  Seconds clock_skew{300};           // of the responder's clock against ours
  bool nonce = false;                // the answer has to repeat one of ours
  std::uint32_t max_questions = 32;  // under way at the same time
  std::uint32_t max_waiting = 4096;  // associations that wait for a verdict
  std::uint32_t max_cached = 10000;  // verdicts
  bool operator==(const OcspSettings&) const = default;
};
// [log]
struct LogSettings {
  enum class Format { Json, Text } format = Format::Json;
  enum class Level { Debug, Info, Warning, Error } level = Level::Info;
  std::uint32_t max_lines_per_second = 200;  // of the process; what is dropped is counted
  bool operator==(const LogSettings&) const = default;
};
// [server]
struct ServerSettings {
  std::uint32_t workers = 0;  // 0: one per core; the loader makes it 1 when the CSE takes one request at a time
  Milliseconds drain_timeout{10000};
  std::uint64_t max_collected = std::uint64_t{64} << 20;  // bytes per worker for bodies that are collected whole
  bool watch_files = true;                                // reload when a file of the configuration changes
  Milliseconds watch_delay{500};  // once they have been quiet for this long, or after ten times as much
  bool operator==(const ServerSettings&) const = default;
};

// [[psk]]
struct PskEntry {
  identity::Secret key;
  identity::ConfigOrigin origin;
};

struct Config {
  ServerSettings server;
  CseSettings cse;
  std::vector<ListenerSettings> listeners;
  std::vector<ServerCertificate> certificates;
  std::vector<OwnRawKey> raw_keys;
  std::vector<std::string> trust_anchors_pem;  // each one PEM certificate
  std::vector<std::string> crls_pem;           // each one PEM CRL
  bool require_crl = false;                    // a CA without a current CRL is an error for its certificates
  OcspSettings ocsp;
  std::unordered_map<std::string, PskEntry, identity::StringHash, std::equal_to<>> psks;  // by KpsaID
  std::vector<identity::PublicKeyName> trusted_raw_keys;
  identity::ConfiguredIdentities identities;  // by Credential-ID
  identity::CseDomainNames cse_domain_names;
  std::string in_domain_name;  // of the IN-CSE that ours is below, as [registrar] tells; empty: not known
  RegistrationSettings registration;
  std::vector<identity::AppRule> app_rules;  // [[app_rule]]
  RuleSourceSettings rule_source;
  std::optional<EgressSettings> egress;        // none: SA2 is not served, points of access go to the CSE as they are
  std::optional<RegistrarSettings> registrar;  // none: our CSE registers nowhere through us
  HeaderSettings headers;
  AdminSettings admin;
  RegistrySettings registry;
  LogSettings log;
  std::vector<std::string> origin_files;  // their names, by ConfigOrigin::file
  std::vector<std::string> files;         // every file that was read: configuration, policy, secrets, certificates

  // "psk.toml:12"; empty when it stands nowhere.
  [[nodiscard]] std::string text(const identity::ConfigOrigin& origin) const {
    if (origin.line == 0 || origin.file >= origin_files.size()) return {};
    return origin_files[origin.file] + ":" + std::to_string(origin.line);
  }
};

// The one of this name among [[certificate]], [[raw_key]], ...; null: there is none, or no name.
template <class T>
[[nodiscard]] const T* find_named(const std::vector<T>& items, std::string_view name) {
  const auto found = std::ranges::find(items, name, &T::name);
  return name.empty() || found == items.end() ? nullptr : &*found;
}

}  // namespace saproxy::policy
