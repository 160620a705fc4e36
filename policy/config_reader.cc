#include "policy/config_reader.h"

namespace saproxy::policy {

namespace {

using std::chrono::milliseconds;

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// "listener[3].tls" names a place, "listener[].tls" a kind of table.
std::string without_indices(std::string_view path) {
  std::string result;
  bool inside = false;
  for (const char c : path) {
    if (c == ']') inside = false;
    if (!inside) result += c;
    if (c == '[') inside = true;
  }
  return result;
}

}  // namespace

TableReader::TableReader(const TomlNode& table, std::string path, std::size_t file, Diagnostics& diagnostics,
                         std::set<std::string>* known_keys)
    : table_(table), path_(std::move(path)), file_(file), diagnostics_(diagnostics), known_keys_(known_keys) {}

const TomlEntry* TableReader::find(std::string_view key) {
  asked_.push_back(key);
  if (known_keys_ != nullptr) known_keys_->insert(without_indices(path_of(key)));
  const auto entry = std::ranges::find(table_.entries, key, &TomlEntry::key);
  return entry == table_.entries.end() ? nullptr : &*entry;
}

bool TableReader::has(std::string_view key) {
  return std::ranges::find(table_.entries, key, &TomlEntry::key) != table_.entries.end();
}

std::string TableReader::path_of(std::string_view key) const {
  if (path_.empty() || key.empty()) return path_ + std::string(key);
  return path_ + "." + std::string(key);
}

Place TableReader::place_of(std::string_view key) const {
  const auto entry = std::ranges::find(table_.entries, key, &TomlEntry::key);
  return {file_, entry == table_.entries.end() ? table_.at : entry->value.at, path_of(key)};
}

void TableReader::error(std::string_view key, std::string reason, std::string mend) {
  diagnostics_.error(place_of(key), std::move(reason), std::move(mend));
}

void TableReader::warning(std::string_view key, std::string reason, std::string mend) {
  diagnostics_.warning(place_of(key), std::move(reason), std::move(mend));
}

// The value itself is never repeated: it may be a key.
void TableReader::wrong_type(const TomlEntry& entry, std::string_view wanted, std::string mend) {
  diagnostics_.error({file_, entry.value.at, path_of(entry.key)},
                     "expected " + std::string(wanted) + ", found " + std::string(to_text(entry.value.kind)),
                     std::move(mend));
}

void TableReader::boolean(std::string_view key, bool& into) {
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return;
  if (entry->value.kind != TomlNode::Kind::Boolean)
    return wrong_type(*entry, "true or false", "write true or false without quotes");
  into = entry->value.boolean;
}

std::optional<std::int64_t> TableReader::integer(std::string_view key, std::uint64_t least, std::uint64_t most) {
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (entry->value.kind != TomlNode::Kind::Integer) {
    wrong_type(*entry, "an integer", "write a number without quotes and unit");
    return std::nullopt;
  }
  const std::int64_t value = entry->value.integer;
  if (value < 0 || static_cast<std::uint64_t>(value) < least || static_cast<std::uint64_t>(value) > most) {
    error(key, std::to_string(value) + " is out of range",
          "write a number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  return value;
}

std::optional<std::uint64_t> TableReader::bytes(std::string_view key, std::uint64_t least, std::uint64_t most) {
  const std::string range =
      "write a size from " + quoted(size_text(least)) + " to " + quoted(size_text(most)) + ", with B, KiB, MiB or GiB";
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (entry->value.kind == TomlNode::Kind::Integer) {
    error(key, "a size needs its unit",
          "write it as a string such as " + quoted(std::to_string(entry->value.integer) + "B") + " or \"64KiB\"");
    return std::nullopt;
  }
  if (entry->value.kind != TomlNode::Kind::Text) {
    wrong_type(*entry, "a size", range);
    return std::nullopt;
  }
  const auto value = parse_size(entry->value.text);
  if (!value) error(key, quoted(entry->value.text) + " is not a size", range);
  if (value && (*value < least || *value > most)) error(key, quoted(entry->value.text) + " is out of range", range);
  return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::optional<milliseconds> TableReader::milliseconds(std::string_view key, std::chrono::milliseconds least,
                                                      std::chrono::milliseconds most) {
  const std::string range = "write a time from " + quoted(duration_text(least)) + " to " + quoted(duration_text(most)) +
                            ", with ms, s, m, h or d";
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (entry->value.kind == TomlNode::Kind::Integer) {
    const std::string number = std::to_string(entry->value.integer);
    error(key, "a time needs its unit",
          "write it as a string such as " + quoted(number + "s") + " or " + quoted(number + "ms"));
    return std::nullopt;
  }
  if (entry->value.kind != TomlNode::Kind::Text) {
    wrong_type(*entry, "a time", range);
    return std::nullopt;
  }
  const auto value = parse_duration(entry->value.text);
  if (!value) error(key, quoted(entry->value.text) + " is not a time", range);
  if (value && (*value < least || *value > most)) error(key, quoted(entry->value.text) + " is out of range", range);
  return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::optional<PlacedText> TableReader::text(std::string_view key) {
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (entry->value.kind != TomlNode::Kind::Text) {
    wrong_type(*entry, "a string", "write it in quotes: " + std::string(key) + " = \"...\"");
    return std::nullopt;
  }
  return PlacedText{entry->value.text, {file_, entry->value.at, path_of(key)}};
}

std::optional<PlacedText> TableReader::required_text(std::string_view key, std::string mend) {
  auto written = text(key);
  if (!has(key)) error(key, "is missing", mend);
  if (!written || !written->value.empty()) return written;
  error(key, "is empty", std::move(mend));
  return std::nullopt;
}

std::vector<PlacedText> TableReader::texts(std::string_view key) {
  std::vector<PlacedText> result;
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return result;
  const std::string mend = "write " + std::string(key) + " = [\"...\", \"...\"]";
  if (entry->value.kind != TomlNode::Kind::Array) {
    wrong_type(*entry, "an array of strings", mend);
    return result;
  }
  for (std::size_t i = 0; i < entry->value.items.size(); ++i) {
    const TomlNode& item = entry->value.items[i];
    Place place{file_, item.at, path_of(key) + "[" + std::to_string(i) + "]"};
    if (item.kind == TomlNode::Kind::Text) {
      result.push_back({item.text, std::move(place)});
    } else {
      diagnostics_.error(place, "expected a string, found " + std::string(to_text(item.kind)), mend);
    }
  }
  return result;
}

std::vector<std::uint64_t> TableReader::counts(std::string_view key, std::uint64_t least, std::uint64_t most) {
  std::vector<std::uint64_t> result;
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return result;
  const std::string mend = "write " + std::string(key) + " = [...] with numbers from " + std::to_string(least) +
                           " to " + std::to_string(most);
  if (entry->value.kind != TomlNode::Kind::Array) {
    wrong_type(*entry, "an array of integers", mend);
    return result;
  }
  for (std::size_t i = 0; i < entry->value.items.size(); ++i) {
    const TomlNode& item = entry->value.items[i];
    const Place place{file_, item.at, path_of(key) + "[" + std::to_string(i) + "]"};
    const bool whole = item.kind == TomlNode::Kind::Integer;
    if (!whole)
      diagnostics_.error(place, "expected an integer, found " + std::string(to_text(item.kind)), mend);
    else if (item.integer < 0 || static_cast<std::uint64_t>(item.integer) < least ||
             static_cast<std::uint64_t>(item.integer) > most)
      diagnostics_.error(place, std::to_string(item.integer) + " is out of range", mend);
    else
      result.push_back(static_cast<std::uint64_t>(item.integer));
  }
  return result;
}

void TableReader::wrong_word(const PlacedText& written, std::span<const std::string_view> known) {
  std::string mend;
  if (const auto nearest = nearest_word(written.value, known))
    mend = "did you mean " + quoted(*nearest) + "? Possible: ";
  else
    mend = "write one of ";
  for (std::size_t i = 0; i < known.size(); ++i) mend += (i == 0 ? "" : ", ") + quoted(known[i]);
  diagnostics_.error(written.place, quoted(written.value) + " is not known here", std::move(mend));
}

void TableReader::read_child(const TomlNode& node, std::string path, const std::function<void(TableReader&)>& read) {
  TableReader child(node, std::move(path), file_, diagnostics_, known_keys_);
  read(child);
  child.finish();
}

void TableReader::table(std::string_view key, const std::function<void(TableReader&)>& read) {
  const TomlEntry* entry = find(key);
  if (entry == nullptr) {
    if (known_keys_ != nullptr) read_child({}, path_of(key), read);
    return;
  }
  if (entry->value.kind != TomlNode::Kind::Table)
    return wrong_type(*entry, "a table", "write [" + without_indices(path_of(key)) + "] once");
  read_child(entry->value, path_of(key), read);
}

void TableReader::tables(std::string_view key, const std::function<void(TableReader&)>& read) {
  const TomlEntry* entry = find(key);
  if (entry == nullptr) {
    if (known_keys_ != nullptr) read_child({}, path_of(key) + "[]", read);
    return;
  }
  const std::string mend = "write [[" + path_of(key) + "]] for each";
  if (entry->value.kind != TomlNode::Kind::Array) return wrong_type(*entry, "an array of tables", mend);
  for (std::size_t i = 0; i < entry->value.items.size(); ++i) {
    const TomlNode& item = entry->value.items[i];
    const std::string path = path_of(key) + "[" + std::to_string(i) + "]";
    if (item.kind == TomlNode::Kind::Table)
      read_child(item, path, read);
    else
      diagnostics_.error({file_, item.at, path}, "expected a table, found " + std::string(to_text(item.kind)), mend);
  }
}

void TableReader::finish() {
  for (const TomlEntry& entry : table_.entries) {
    if (std::ranges::find(asked_, entry.key) != asked_.end()) continue;
    const auto nearest = diagnostics_.is_full() ? std::nullopt : nearest_word(entry.key, asked_);
    diagnostics_.error({file_, entry.at, path_of(entry.key)}, "unknown key",
                       nearest ? "did you mean " + quoted(*nearest) + "?" : "remove it; conf/README.md lists all keys");
  }
}

}  // namespace saproxy::policy
