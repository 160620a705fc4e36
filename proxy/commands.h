// The commands of the program besides `run`. Each returns the exit code and writes to the streams it is given.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "policy/explain.h"

namespace saproxy::proxy {

// Exit codes of the program, as --help lists them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // what was asked about is wrong; for `run`: ended by a second signal
inline constexpr int kExitUsage = 2;   // the command line; for `run`: the start failed

// Everything that a start would check but the ports: the files, and keys and certificates as the TLS library sees them.
[[nodiscard]] int check(const std::string& config_path, std::ostream& out, std::ostream& err);

struct ExplainOptions {
  std::string config_path;
  std::string listener;  // empty: the first
  policy::ExplainRequest request;
};
[[nodiscard]] int explain_request(const ExplainOptions& options, std::ostream& out, std::ostream& err);

struct InspectOptions {
  std::string certificate_path;             // PEM or DER; certificate or public key. In PEM, its issuers may follow it
  std::optional<std::string> issuers_path;  // PEM, nearest first
  std::optional<std::string> config_path;   // whose point of view: the CSE there
};
[[nodiscard]] int inspect(const InspectOptions& options, std::ostream& out, std::ostream& err);

// The registrations in the store that the configuration names, also while a saproxy runs that owns it.
enum class ListForm { Table, Json };
[[nodiscard]] int registry_list(const std::string& config_path, ListForm form, std::ostream& out, std::ostream& err);
// `entity_id`: an AE-ID-Stem or a CSE-ID.
[[nodiscard]] int registry_show(const std::string& config_path, const std::string& entity_id, std::ostream& out,
                                std::ostream& err);
// Erases one from the store or, when a saproxy runs that owns it, has that do it over its admin listener.
[[nodiscard]] int registry_forget(const std::string& config_path, const std::string& entity_id, std::ostream& out,
                                  std::ostream& err);

// Has the saproxy that runs ask the CSE about its registrations, waits for the end, and says what came of it.
[[nodiscard]] int registry_reconcile(const std::string& config_path, std::ostream& out, std::ostream& err);

[[nodiscard]] int show_version(std::ostream& out);

}  // namespace saproxy::proxy
