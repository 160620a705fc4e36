#include "proxy/command_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <ostream>

#include "proxy/build_info.h"
#include "proxy/commands.h"

namespace saproxy::proxy {
namespace {

constexpr const char* kConfigVariable = "SAPROXY_CONFIG";
constexpr const char* kExitCodes =
    "Exit codes\n"
    "  0  done; for `run`: drained in order\n"
    "  1  what was asked about is wrong; for `run`: ended by a second signal\n"
    "  2  the command line is wrong; for `run`: the configuration or a port stopped the start\n"
    "Signals of `run`: SIGHUP loads the configuration again, SIGTERM and SIGINT drain, a second one ends at once.\n";

const std::map<std::string, policy::Operation> kOperations = {{"create", policy::Operation::Create},
                                                              {"retrieve", policy::Operation::Retrieve},
                                                              {"update", policy::Operation::Update},
                                                              {"delete", policy::Operation::Delete},
                                                              {"notify", policy::Operation::Notify}};

// What the options of all commands are read into.
struct Read {
  RunOptions run;
  std::string check_config;
  ExplainOptions explain;
  std::string from, app_id, content_id, request_expiration;
  std::uint32_t resource_type = 0, result_content = 0;
  InspectOptions inspect;
  std::string issuers, inspect_config;
  std::string registry_config, registree;
  bool as_json = false;
};

CLI::Option* add_config(CLI::App& command, std::string& path) {
  return command.add_option("--config,-c", path, "Configuration file")
      ->envname(kConfigVariable)
      ->required()
      ->type_name("FILE");
}

CLI::App* add_run(CLI::App& app, Read& read) {
  CLI::App* command = app.add_subcommand("run", "Serve registrees until told to end");
  add_config(*command, read.run.config_path);
  command
      ->add_option("--ready-file", read.run.ready_file,
                   "Written once everything listens: \"name address\", one line for each listener")
      ->type_name("FILE");
  return command;
}

CLI::App* add_check(CLI::App& app, Read& read) {
  CLI::App* command = app.add_subcommand("check", "Check a configuration and show what it amounts to");
  add_config(*command, read.check_config);
  return command;
}

CLI::App* add_explain(CLI::App& app, Read& read) {
  CLI::App* command = app.add_subcommand("explain", "Say what would become of a request, and by which rule");
  add_config(*command, read.explain.config_path);
  policy::ExplainRequest& request = read.explain.request;
  command->add_option("--credential", request.credential_id, "Credential-ID of the registree, as the log shows it")
      ->required()
      ->type_name("ID");
  command->add_option("--from", read.from, "From of the request; without it no From is sent")->type_name("ID");
  command->add_option("--op", request.operation, "create, retrieve, update, delete or notify")
      ->required()
      ->transform(CLI::CheckedTransformer(kOperations, CLI::ignore_case).description(""))
      ->type_name("OPERATION");
  command->add_option("--to", request.to, "Target of the request")->required()->type_name("ADDRESS");
  command->add_option("--ty", read.resource_type, "Resource type of a create, as a number: 2 is an AE");
  command->add_option("--app-id", read.app_id, "App-ID (api) of the AE that a create registers")->type_name("ID");
  command->add_option("--content-id", read.content_id, "AE-ID (aei) or CSE-ID (csi) that the content of a create names")
      ->type_name("ID");
  command->add_option("--rcn", read.result_content, "Result content, as a number");
  command->add_option("--rqet", read.request_expiration, "Request expiration time")->type_name("TIME");
  command->add_option("--listener", read.explain.listener, "Name of the listener it comes in by; the first without it")
      ->type_name("NAME");
  return command;
}

CLI::App* add_inspect(CLI::App& app, Read& read) {
  CLI::App* command = app.add_subcommand(
      "inspect", "Say what a certificate or public key names, and where it breaks the oneM2M profile");
  command->add_option("certificate", read.inspect.certificate_path, "PEM or DER file; its issuers may follow it")
      ->required()
      ->type_name("CERT");
  command->add_option("--config,-c", read.inspect_config, "Judge it as the CSE of this configuration would")
      ->envname(kConfigVariable)
      ->type_name("FILE");
  command->add_option("--issuers", read.issuers, "PEM file of its issuers, nearest first")->type_name("FILE");
  return command;
}

void add_registree(CLI::App& command, Read& read) {
  command.add_option("id", read.registree, "AE-ID-Stem or CSE-ID: Cae1, /cse2")->required()->type_name("ID");
}

CLI::App* add_registry(CLI::App& app, Read& read) {
  CLI::App* command = app.add_subcommand("registry", "Look at the registrations that are kept, or forget one");
  command->require_subcommand(1);
  CLI::App* list = command->add_subcommand("list", "All of them, also while saproxy runs");
  list->add_flag("--json", read.as_json, "One JSON object a line");
  CLI::App* show = command->add_subcommand("show", "Everything that is known of one");
  add_registree(*show, read);
  CLI::App* forget =
      command->add_subcommand("forget", "Erase one; a saproxy that runs is asked for it over its admin endpoint");
  add_registree(*forget, read);
  CLI::App* reconcile = command->add_subcommand(
      "reconcile", "Have the saproxy that runs drop what the CSE no longer has, and list what only the CSE has");
  for (CLI::App* each : {list, show, forget, reconcile}) add_config(*each, read.registry_config);
  return command;
}

int run_registry(const CLI::App& command, const Read& read, std::ostream& out, std::ostream& err) {
  const std::string& chosen = command.get_subcommands().front()->get_name();
  if (chosen == "list")
    return registry_list(read.registry_config, read.as_json ? ListForm::Json : ListForm::Table, out, err);
  if (chosen == "show") return registry_show(read.registry_config, read.registree, out, err);
  if (chosen == "reconcile") return registry_reconcile(read.registry_config, out, err);
  return registry_forget(read.registry_config, read.registree, out, err);
}

void take_optional(const CLI::App& command, Read& read) {
  if (command.get_name() == "explain") {
    policy::ExplainRequest& request = read.explain.request;
    if (command.count("--from") > 0) request.from = read.from;
    if (command.count("--content-id") > 0) request.content_id = read.content_id;
    if (command.count("--app-id") > 0) request.app_id = read.app_id;
    if (command.count("--ty") > 0) request.resource_type = read.resource_type;
    if (command.count("--rcn") > 0) request.result_content = read.result_content;
    if (command.count("--rqet") > 0) request.request_expiration = read.request_expiration;
  } else if (command.get_name() == "inspect") {
    if (!read.issuers.empty()) read.inspect.issuers_path = read.issuers;
    if (!read.inspect_config.empty()) read.inspect.config_path = read.inspect_config;
  }
}

}  // namespace

int run_command_line(const std::vector<std::string>& arguments, const std::function<int(const RunOptions&)>& run_proxy,
                     std::ostream& out, std::ostream& err) {
  CLI::App app("Security associations of oneM2M in front of an unmodified CSE.", "saproxy");
  app.require_subcommand(1);
  app.footer(kExitCodes);
  app.set_version_flag("--version", "saproxy " + std::string(kVersion));
  Read read;
  const CLI::App* const run = add_run(app, read);
  const CLI::App* const check_command = add_check(app, read);
  const CLI::App* const explain = add_explain(app, read);
  const CLI::App* const inspect_command = add_inspect(app, read);
  const CLI::App* const registry = add_registry(app, read);
  app.add_subcommand("version", "Show the versions of saproxy and of the libraries in it");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // it wants the last one first
  } catch (const CLI::ParseError& error) {
    app.exit(error, out, err);
    return error.get_exit_code() == 0 ? kExitOk : kExitUsage;
  }
  const CLI::App* const chosen = app.get_subcommands().front();
  take_optional(*chosen, read);
  if (chosen == run) return run_proxy(read.run);
  if (chosen == check_command) return check(read.check_config, out, err);
  if (chosen == explain) return explain_request(read.explain, out, err);
  if (chosen == inspect_command) return inspect(read.inspect, out, err);
  if (chosen == registry) return run_registry(*registry, read, out, err);
  return show_version(out);
}

}  // namespace saproxy::proxy
