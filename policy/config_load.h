// What the parts of the loader share while one configuration is read. Internal to config_*.cc.
//
//   config_loader ─▶ config_document (toml++) ─▶ config_reader (types, units) ─▶ one reader for each part ─▶
//   config_checks (across parts)
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "identity/psk_identity.h"
#include "policy/config_diagnostics.h"
#include "policy/config_loader.h"
#include "policy/config_reader.h"

namespace saproxy::policy {

// Content of a file, wiped when dropped: most of them hold keys.
class FileContent {
 public:
  explicit FileContent(std::string text) : text_(std::move(text)) {}
  FileContent(const FileContent&) = delete;
  FileContent(FileContent&& other) noexcept : text_(std::move(other.text_)) { other.text_.clear(); }
  FileContent& operator=(const FileContent&) = delete;
  FileContent& operator=(FileContent&&) = delete;
  ~FileContent();
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string text_;
};

inline constexpr std::string_view kPskPrefix = "12-";  // Credential-ID of a KpsaID: TS-0003 10.4

enum class Secrecy { Public, Secret };

// What [[listener]] said beyond ListenerSettings: the places that errors across parts point to.
struct ListenerPlaces {
  Place listener;
  Place address;
  Place frameworks;
  Place server_certificates;
  std::vector<PlacedText> certificates;
  std::optional<PlacedText> raw_key;
};

// The same of [egress] and [registrar].
struct EgressPlaces {
  std::optional<Place> listen;
  std::optional<PlacedText> certificate;
  std::optional<PlacedText> raw_key;
  bool answer_timeout = false;  // was written
  std::optional<Place> registrar_listen;
  std::optional<PlacedText> registrar_certificate;
  std::optional<PlacedText> registrar_psk;
  std::optional<PlacedText> registrar_raw_key;
  bool registrar_answer_timeout = false;
};

struct LoadState {
  LoadState(const ReadFile& files, const ListFiles& folders, std::int64_t unix_seconds)
      : read_file(files), list_files(folders), now(unix_seconds) {}

  Config config;
  Diagnostics diagnostics;
  const ReadFile& read_file;
  const ListFiles& list_files;
  std::int64_t now;
  std::set<std::string>* known_keys = nullptr;  // null unless only the names of the keys are wanted

  bool incomplete = false;  // a file could not be parsed: what seems to be missing may stand there
  std::unordered_map<std::string, Place> tables;  // the first of each kind of table: [cse] may stand in one file only
  std::optional<Place> cse_address;
  std::optional<Place> admin_address;
  std::optional<Place> workers;
  std::optional<Place> first_app_rule;                       // or what names files of them
  std::optional<Place> app_rules_chosen;                     // where [registration] app_rules was written
  std::optional<RegistrationSettings::Strangers> strangers;  // as written
  bool reconcile_chosen = false;                             // [registry] says when
  std::optional<Place> rule_source;                          // where [rule_source] has its address
  std::vector<ListenerPlaces> listeners;                     // parallel to config.listeners
  std::unordered_map<std::string, Place> names;              // "certificate/cse", "listener/https"
  EgressPlaces egress;
  std::optional<Place> ocsp;                             // where [trust.ocsp] begins
  std::unordered_map<std::string, Place> key_places;     // by Credential-ID: where each [[psk]], [[trusted_key]] stands
  bool keys_without_identity = false;                    // some line of psk_files names none beside its key
  std::vector<PlacedText> identities;                    // [[identity]] credential
  std::vector<std::pair<std::string, Place>> own_names;  // dNSNames of our certificates, to be held against the CSE-ID

  // By key ("psk_files") and path: where each one was named.
  std::unordered_map<std::string_view, std::unordered_map<std::string, Place>> line_files;

  // The path as the operator meant it: relative to the folder of the file that names it.
  [[nodiscard]] std::string resolve(const PlacedText& path) const;
  // Reads the file that `path` names. Unreadable, too large or readable by others although secret: an error at `path`,
  // and nothing.
  [[nodiscard]] std::optional<FileContent> read(const PlacedText& path, Secrecy secrecy, std::size_t most);
  // The same of a path that is resolved already.
  [[nodiscard]] std::optional<FileContent> read_resolved(const std::string& path, const Place& place, Secrecy secrecy,
                                                         std::size_t most);
  // False, and an error, when `text` can be no path at all.
  [[nodiscard]] bool is_path(const PlacedText& text);
  // The paths that match a resolved pattern, in order, each with the place where the pattern was written. No match: a
  // warning there; no list: an error.
  [[nodiscard]] std::vector<PlacedText> matches(const std::string& pattern, const Place& place);
  // Does `path`, resolved, name a folder?
  [[nodiscard]] bool is_folder(const std::string& path) const;
  // Is there a key of this Credential-ID, type 12 or 30?
  [[nodiscard]] bool has_key(const std::string& credential_id) const;
  // Did some file hold [name] or [[name]], right or wrong?
  [[nodiscard]] bool has_table(const std::string& name) const { return tables.contains(name); }
  // False, and an error, when something of this kind already has that name.
  bool claim_name(std::string_view kind, const PlacedText& name);
};

// One reader for each part; each takes the tables of one file and adds to state.config.
void read_server(TableReader& reader, LoadState& state);
void read_cse(TableReader& reader, LoadState& state);
void read_listener(TableReader& reader, LoadState& state);
void read_certificate(TableReader& reader, LoadState& state);
void read_raw_key(TableReader& reader, LoadState& state);
void read_trust(TableReader& reader, LoadState& state);
void read_ocsp(TableReader& reader, LoadState& state);
// Is there time for an answer within every handshake?
void settle_ocsp(LoadState& state);
void read_trusted_key(TableReader& reader, LoadState& state);
void read_psk(TableReader& reader, LoadState& state, bool secrets_in_file);
// One entry of psk_files: a file, a folder or a pattern.
void read_psk_files(const PlacedText& entry, LoadState& state);
// Hexadecimal text, blanks around it allowed, as a key of 1 to 64 bytes.
[[nodiscard]] identity::Result<identity::Secret> hex_key(std::string_view text);
// Takes the key of a KpsaID; a second one for it is an error.
void add_psk(LoadState& state, const identity::PskIdentity& psk, identity::Secret key, const Place& place);
void read_identity_entry(TableReader& reader, LoadState& state);
void read_cse_domain_name(TableReader& reader, LoadState& state);
void read_identity_headers(TableReader& reader, LoadState& state);
void read_admin(TableReader& reader, LoadState& state);
void read_log(TableReader& reader, LoadState& state);
void read_registration(TableReader& reader, LoadState& state);
void read_registry(TableReader& reader, LoadState& state);
void read_app_rule(TableReader& reader, LoadState& state);
// One entry of app_rule_files: a file, a folder or a pattern.
void read_app_rule_files(const PlacedText& entry, LoadState& state);
void read_rule_source(TableReader& reader, LoadState& state);
void read_egress(TableReader& reader, LoadState& state);
void read_registrar(TableReader& reader, LoadState& state);
// tls of a listener, or of the connections that we open.
enum class TlsSide { Server, Client };
void read_tls(TableReader& reader, TlsSide side, TlsSettings& tls);
// Which of the three is meant when [registration] app_rules does not say it, and what does not fit together.
void settle_app_rules(LoadState& state);
// Defaults of [egress] and [registrar] that come from other parts, and what does not fit together.
void settle_egress(LoadState& state);

// ae, aes or cse of a [[psk]], [[trusted_key]] or [[identity]]; nothing when none of them is given or one is wrong.
struct IdentityKeys {
  bool given = false;
  std::optional<identity::Identities> identities;
};
[[nodiscard]] IdentityKeys read_identities(TableReader& reader);
// Binds identities to a credential; a second time is an error.
void add_identity(LoadState& state, std::string credential_id, identity::Identities identities, const Place& place);

// Everything that can only be judged when all files are read: references, collisions, what a framework needs.
void check_across_parts(LoadState& state);

}  // namespace saproxy::policy
