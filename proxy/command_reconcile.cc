#include <chrono>
#include <optional>
#include <ostream>
#include <sstream>
#include <thread>

#include "identity/printable.h"
#include "proxy/admin/client.h"
#include "proxy/commands.h"
#include "proxy/loaded_config.h"

namespace saproxy::proxy {

using identity::Result;

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{200};

// Line by line: what stands in one came from the CSE.
void print(std::ostream& out, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out << identity::printable(line, std::string::npos) << '\n';
}

int failed(std::ostream& err, const std::string& why) {
  err << why << '\n';
  return kExitFailed;
}

}  // namespace

int registry_reconcile(const std::string& config_path, std::ostream& out, std::ostream& err) {
  const auto config = load_for_command(config_path, err);
  if (!config) return kExitFailed;
  const Result<AdminReply> begun = ask_to_reconcile(config->admin);
  if (!begun) return failed(err, begun.error().detail);
  if (begun->status != 202) return failed(err, begun->who + ": " + identity::printable(begun->text));
  while (true) {
    const Result<AdminReply> reply = read_reconciliation(config->admin);
    if (!reply) return failed(err, reply.error().detail);
    if (reply->status != 202) {
      print(reply->status == 200 ? out : err, reply->text);
      return reply->status == 200 ? kExitOk : kExitFailed;
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace saproxy::proxy
