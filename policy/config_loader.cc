#include "policy/config_loader.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "policy/config_document.h"
#include "policy/config_load.h"

namespace saproxy::policy {

namespace {

constexpr std::size_t kLargestConfigFile = std::size_t{1} << 28;
constexpr std::size_t kMostFiles = 1000;

using ReadTable = void (*)(TableReader&, LoadState&);
struct Section {
  std::string_view name;
  ReadTable read;
};
// [name], once in all files.
constexpr std::array kSingleTables = {Section{"server", read_server},
                                      Section{"cse", read_cse},
                                      Section{"trust", read_trust},
                                      Section{"identity_headers", read_identity_headers},
                                      Section{"admin", read_admin},
                                      Section{"log", read_log},
                                      Section{"registration", read_registration},
                                      Section{"registry", read_registry},
                                      Section{"rule_source", read_rule_source},
                                      Section{"egress", read_egress},
                                      Section{"registrar", read_registrar}};
// [[name]], any number of times in any file.
constexpr std::array kTableLists = {
    Section{"listener", read_listener},       Section{"certificate", read_certificate},
    Section{"raw_key", read_raw_key},         Section{"trusted_key", read_trusted_key},
    Section{"identity", read_identity_entry}, Section{"cse_domain_name", read_cse_domain_name},
    Section{"app_rule", read_app_rule}};

void read_single_table(const Section& section, TableReader& root, LoadState& state) {
  const std::string name(section.name);
  const bool present = root.has(section.name);
  const auto earlier = state.tables.find(name);
  if (present && earlier != state.tables.end() && state.known_keys == nullptr) {
    root.error(section.name, "[" + name + "] is already given at " + state.diagnostics.line_of(earlier->second),
               "keep one of the two");
  }
  if (present) state.tables.try_emplace(name, root.place_of(section.name));
  root.table(section.name, [&](TableReader& table) { section.read(table, state); });
}

void read_tables(TableReader& root, LoadState& state) {
  bool secrets_in_file = false;
  root.boolean("secrets_in_file", secrets_in_file);
  for (const Section& section : kSingleTables) read_single_table(section, root, state);
  for (const Section& section : kTableLists) {
    if (root.has(section.name)) state.tables.try_emplace(std::string(section.name), root.place_of(section.name));
    root.tables(section.name, [&](TableReader& table) { section.read(table, state); });
  }
  if (root.has("psk")) state.tables.try_emplace("psk", root.place_of("psk"));
  root.tables("psk", [&](TableReader& table) { read_psk(table, state, secrets_in_file); });
  for (const PlacedText& entry : root.texts("psk_files")) read_psk_files(entry, state);
  for (const PlacedText& entry : root.texts("app_rule_files")) read_app_rule_files(entry, state);
}

// The paths that `include` of the main file names, in order.
std::vector<PlacedText> included_files(TableReader& root, LoadState& state) {
  std::vector<PlacedText> files;
  for (const PlacedText& written : root.texts("include")) {
    const std::string path = state.resolve(written);
    if (is_pattern(path))
      std::ranges::move(state.matches(path, written.place), std::back_inserter(files));
    else
      files.push_back({path, written.place});
  }
  return files;
}

// True when the file itself may hold secrets only if nobody else reads it.
bool says_secrets_in_file(const TomlNode& root) {
  const auto entry = std::ranges::find(root.entries, "secrets_in_file", &TomlEntry::key);
  return entry != root.entries.end() && entry->value.boolean;
}

// Reads one TOML file; nothing, and errors, when it cannot be read or parsed.
std::optional<TomlNode> read_document(const std::string& path, const Place& named_at, std::size_t file,
                                      LoadState& state) {
  auto view = state.read_file(path, kLargestConfigFile);
  if (!view) {
    state.incomplete = true;
    state.diagnostics.error(named_at, "cannot read \"" + path + "\": " + view.error().detail,
                            "make the file readable for saproxy or name another");
    return std::nullopt;
  }
  state.config.files.push_back(path);
  const FileContent content(std::move(view->content));
  auto parsed = parse_toml(content.text());
  if (const auto* syntax = std::get_if<TomlSyntaxError>(&parsed)) {
    state.diagnostics.error({file, syntax->at, {}}, syntax->reason,
                            "write TOML 1.0; the rest of this file was not looked at");
    state.incomplete = true;
    return std::nullopt;
  }
  auto root = std::get<TomlNode>(std::move(parsed));
  if (says_secrets_in_file(root) && view->readable_by_others) {
    state.diagnostics.error({file, {1, 1}, "secrets_in_file"}, "the file holds secrets and others may read it",
                            "chmod 600 \"" + path + "\"");
  }
  return root;
}

void read_included(const PlacedText& included, LoadState& state) {
  const std::size_t file = state.diagnostics.add_file(included.value);
  const auto document = read_document(included.value, included.place, file, state);
  if (!document) return;
  TableReader root(*document, {}, file, state.diagnostics, state.known_keys);
  if (root.has("include")) root.error("include", "an included file includes others", "name all files in the main file");
  (void)root.texts("include");
  read_tables(root, state);
  root.finish();
}

void read_all(const std::string& path, LoadState& state) {
  const std::size_t file = state.diagnostics.add_file(path);
  const auto document = read_document(path, {file, {}, {}}, file, state);
  if (!document) return;
  TableReader root(*document, {}, file, state.diagnostics, state.known_keys);
  const auto included = included_files(root, state);
  read_tables(root, state);
  root.finish();
  if (included.size() > kMostFiles)
    return state.diagnostics.error(included.front().place, "more than 1000 files are included", "join them");
  std::unordered_map<std::string, Place> seen{{path, {file, {}, {}}}};
  for (const PlacedText& next : included) {
    if (seen.try_emplace(next.value, next.place).second)
      read_included(next, state);
    else
      state.diagnostics.error(next.place, "\"" + next.value + "\" is included twice", "remove one of the two");
  }
  check_across_parts(state);
}

}  // namespace

LoadResult load_config(const std::string& path, const ReadFile& read_file, const ListFiles& list_files,
                       std::int64_t now) {
  LoadState state(read_file, list_files, now);
  read_all(path, state);
  state.config.origin_files = state.diagnostics.files();
  return {std::move(state.config), state.diagnostics.take_errors(), state.diagnostics.take_warnings()};
}

std::vector<std::string> known_config_keys() {
  const ReadFile empty = [](const std::string&, std::size_t) -> identity::Result<FileView> { return FileView{}; };
  const ListFiles none = [](const std::string&) -> identity::Result<std::vector<std::string>> {
    return std::vector<std::string>{};
  };
  std::set<std::string> keys;
  LoadState state(empty, none, 0);
  state.known_keys = &keys;
  read_all("keys.toml", state);
  return {keys.begin(), keys.end()};
}

}  // namespace saproxy::policy
