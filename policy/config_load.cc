#include "policy/config_load.h"

#include "identity/bytes.h"

namespace saproxy::policy {

FileContent::~FileContent() { identity::wipe(std::span(reinterpret_cast<std::uint8_t*>(text_.data()), text_.size())); }

std::string LoadState::resolve(const PlacedText& path) const {
  if (path.value.starts_with('/')) return path.value;
  const std::string& naming = diagnostics.file(path.place.file);
  const std::size_t slash = naming.rfind('/');
  return slash == naming.npos ? path.value : naming.substr(0, slash + 1) + path.value;
}

std::optional<FileContent> LoadState::read(const PlacedText& path, Secrecy secrecy, std::size_t most) {
  if (path.value.empty() || path.value.find('\0') != path.value.npos) {
    diagnostics.error(path.place, "is no path", "write the path of a file, relative to this file or absolute");
    return std::nullopt;
  }
  const std::string resolved = resolve(path);
  auto view = read_file(resolved, most);
  if (!view) {
    diagnostics.error(path.place, "cannot read \"" + resolved + "\": " + view.error().detail,
                      "make the file readable for saproxy or name another");
    return std::nullopt;
  }
  FileContent content(std::move(view->content));
  config.files.push_back(resolved);
  if (secrecy == Secrecy::Secret && view->readable_by_others) {
    diagnostics.error(path.place, "\"" + resolved + "\" holds a secret and others may read it",
                      "chmod 600 \"" + resolved + "\"");
    return std::nullopt;
  }
  return content;
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
