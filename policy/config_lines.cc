#include "policy/config_lines.h"

#include <algorithm>

namespace saproxy::policy {

namespace {

constexpr std::size_t kMostFiles = 10'000;  // of one key

void read_lines(std::string_view rest, std::size_t file, const LineFiles& kind, LoadState& state) {
  kind.make_room(static_cast<std::size_t>(std::ranges::count(rest, '\n')), state);
  for (std::uint32_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    const auto column = static_cast<std::uint32_t>(line.empty() ? 1 : line.data() - rest.data() + 1);
    if (!line.empty() && line.front() != '#') kind.read_line(line, {file, {number, column}, {}}, state);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void read_one(const std::string& path, const Place& named_at, const LineFiles& kind, LoadState& state) {
  const auto [earlier, fresh] = state.line_files[kind.key].try_emplace(path, named_at);
  if (!fresh)
    return state.diagnostics.error(named_at,
                                   "\"" + path + "\" is already named at " + state.diagnostics.line_of(earlier->second),
                                   "remove one of the two");
  const auto content = state.read_resolved(path, named_at, kind.secrecy, kind.most);
  if (content) read_lines(content->text(), state.diagnostics.add_file(path), kind, state);
}

// "..data" of a Kubernetes volume, ".swp" of an editor.
bool is_hidden(std::string_view path) { return path.substr(path.rfind('/') + 1).starts_with('.'); }

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

void read_line_files(const PlacedText& entry, const LineFiles& kind, LoadState& state) {
  if (!state.is_path(entry)) return;
  const std::string path = state.resolve(entry);
  const bool folder = !is_pattern(path) && state.is_folder(path);
  if (!folder && !is_pattern(path)) return read_one(path, entry.place, kind, state);
  const auto matches = state.matches(folder ? path + (path.ends_with('/') ? "*" : "/*") : path, entry.place);
  if (state.line_files[kind.key].size() + matches.size() > kMostFiles)
    return state.diagnostics.error(entry.place, std::string(kind.key) + " name more than 10000 files", "join them");
  for (const PlacedText& match : matches)
    if (!is_hidden(match.value)) read_one(match.value, entry.place, kind, state);
}

}  // namespace saproxy::policy
