// TOML text to Config, or every error at once, each with file:line:column, key, reason and the mend.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/result.h"
#include "policy/config.h"

namespace saproxy::policy {

struct ConfigError {
  std::string file;
  std::uint32_t line = 0;  // 1-based; 0 when the file as a whole is meant
  std::uint32_t column = 0;
  std::string key;     // "listener[0].tls.tls13"
  std::string reason;  // what is wrong
  std::string mend;    // what to write instead
  [[nodiscard]] std::string text()
      const;  // "saproxy.toml:12:9: listener[0].adress: unknown key; did you mean \"address\"?"
};

// How the loader sees files: policy/ does no I/O itself. A path is resolved by the loader against the file that names
// it. Of a folder, reading fails with IsFolder.
struct FileView {
  std::string content;
  bool readable_by_others = false;  // somebody besides root, this process and a group that root chose may read it
  std::int64_t size = 0;
};
using ReadFile = std::function<identity::Result<FileView>(const std::string& path, std::size_t max_size)>;
// Directory listing for `include = ["policy.d/*.toml"]` and `psk_files`: the sorted paths that match.
using ListFiles = std::function<identity::Result<std::vector<std::string>>(const std::string& pattern)>;

// Has it wildcards: '*', '?' or '['?
[[nodiscard]] bool is_pattern(std::string_view path);

struct LoadResult {
  Config config;  // meaningful only when errors is empty
  std::vector<ConfigError> errors;
  std::vector<ConfigError> warnings;  // short PSK, RSA allowed, certificate near its end, ...
};

// `now` (Unix seconds) judges the validity of certificates. Never throws.
[[nodiscard]] LoadResult load_config(const std::string& path, const ReadFile& read_file, const ListFiles& list_files,
                                     std::int64_t now);

// Every key that the loader knows, as conf/README.md lists them: "listener[].limits.max_body".
[[nodiscard]] std::vector<std::string> known_config_keys();

}  // namespace saproxy::policy
