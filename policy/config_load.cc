#include "policy/config_load.h"

#include "identity/bytes.h"

namespace saproxy::policy {

bool is_pattern(std::string_view path) { return path.find_first_of("*?[") != path.npos; }

FileContent::~FileContent() { identity::wipe(std::span(reinterpret_cast<std::uint8_t*>(text_.data()), text_.size())); }

std::string LoadState::resolve(const PlacedText& path) const {
  if (path.value.starts_with('/')) return path.value;
  const std::string& naming = diagnostics.file(path.place.file);
  const std::size_t slash = naming.rfind('/');
  return slash == naming.npos ? path.value : naming.substr(0, slash + 1) + path.value;
}

bool LoadState::is_path(const PlacedText& text) {
  if (!text.value.empty() && text.value.find('\0') == text.value.npos) return true;
  diagnostics.error(text.place, "is no path", "write the path of a file, relative to this file or absolute");
  return false;
}

std::optional<FileContent> LoadState::read(const PlacedText& path, Secrecy secrecy, std::size_t most) {
  if (!is_path(path)) return std::nullopt;
  return read_resolved(resolve(path), path.place, secrecy, most);
}

std::optional<FileContent> LoadState::read_resolved(const std::string& path, const Place& place, Secrecy secrecy,
                                                    std::size_t most) {
  auto view = read_file(path, most);
  if (!view) {
    diagnostics.error(place, "cannot read \"" + path + "\": " + view.error().detail,
                      "make the file readable for saproxy or name another");
    return std::nullopt;
  }
  FileContent content(std::move(view->content));
  config.files.push_back(path);
  if (secrecy == Secrecy::Secret && view->readable_by_others) {
    diagnostics.error(place, "\"" + path + "\" holds a secret and others may read it", "chmod 600 \"" + path + "\"");
    return std::nullopt;
  }
  return content;
}

bool LoadState::has_key(const std::string& credential_id) const {
  if (key_places.contains(credential_id)) return true;
  return credential_id.starts_with(kPskPrefix) &&
         config.psks.contains(std::string_view(credential_id).substr(kPskPrefix.size()));
}

std::vector<PlacedText> LoadState::matches(const std::string& pattern, const Place& place) {
  std::vector<PlacedText> files;
  const auto found = list_files(pattern);
  if (!found)
    diagnostics.error(place, "cannot list \"" + pattern + "\": " + found.error().detail,
                      "name a folder that saproxy may read");
  if (found && found->empty())
    diagnostics.warning(place, "no file matches \"" + pattern + "\"", "remove it or add files");
  if (found)
    for (const std::string& match : *found) files.push_back({match, place});
  return files;
}

bool LoadState::is_folder(const std::string& path) const {
  const auto view = read_file(path, 0);
  return !view && view.error().code == identity::ErrorCode::IsFolder;
}

bool LoadState::claim_name(std::string_view kind, const PlacedText& name) {
  const auto [entry, fresh] = names.try_emplace(std::string(kind) + "/" + name.value, name.place);
  if (!fresh) {
    diagnostics.error(name.place,
                      "\"" + name.value + "\" is already the name of the " + std::string(kind) + " at " +
                          diagnostics.line_of(entry->second),
                      "give each " + std::string(kind) + " its own name");
  }
  return fresh;
}

}  // namespace saproxy::policy
