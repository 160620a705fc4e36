// Any text as the main file, as an included file, as a PSK file, as a PEM file and as a file of rules: the loader
// answers with a configuration or with errors whose text is printable and whose places lie in the files that were read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/config_loader.h"
#include "policy/config_summary.h"

namespace {

using saproxy::identity::Result;
using saproxy::policy::ConfigError;
using saproxy::policy::FileView;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kMain =
    "include = [\"included.toml\"]\npsk_files = [\"psk\"]\napp_rule_files = [\"rules\"]\n[cse]\nid = \"/cse1\"\nsp = "
    "\"//sp.example.com\"\naddress = "
    "\"http://127.0.0.1:8080\"\n"
    "[[listener]]\nname = \"a\"\naddress = \"127.0.0.1:8443\"\nframeworks = [\"psk\"]\n"
    "[[certificate]]\nname = \"c\"\nchain_file = \"pem\"\nkey_file = \"pem\"\n[trust]\nanchors = [\"pem\"]\ncrls = "
    "[\"pem\"]\n"
    "[[trusted_key]]\nkey_file = \"pem\"\nae = \"C1\"\n[[psk]]\nidentity = \"x@sp.example.com\"\nkey_file = \"psk\"\n";

void check(const ConfigError& error) {
  for (const char c : error.text()) {
    if (c < ' ' || c > '~') std::abort();
  }
  if (error.reason.empty()) std::abort();
}

void load(const char* role, std::string_view fuzzed) {
  const auto read = [role, fuzzed](const std::string& path, std::size_t most) -> Result<FileView> {
    const std::string content = path == role ? std::string(fuzzed) : path == "main.toml" ? kMain : "";
    if (content.size() > most) return saproxy::identity::fail(saproxy::identity::ErrorCode::OutOfRange, "too large");
    return FileView{content, false, 0};
  };
  const auto list = [](const std::string&) -> Result<std::vector<std::string>> {
    return std::vector<std::string>{"included.toml"};
  };
  const auto result = saproxy::policy::load_config("main.toml", read, list, kNow);
  for (const ConfigError& error : result.errors) check(error);
  for (const ConfigError& warning : result.warnings) check(warning);
  if (result.errors.empty()) (void)saproxy::policy::summary(result.config, kNow);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr const char* kRoles[] = {"main.toml", "included.toml", "psk", "pem", "rules"};
  load(kRoles[data[0] % 5], text);
  return 0;
}
