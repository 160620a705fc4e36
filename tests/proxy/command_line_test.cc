// The command line: which command runs with what, and the exit codes that --help promises.
#include "proxy/command_line.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

namespace saproxy::proxy {
namespace {

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() { unsetenv("SAPROXY_CONFIG"); }
  int call(const std::vector<std::string>& arguments) {
    return run_command_line(
        arguments, [this](const RunOptions& options) { return ran_ = options, 7; }, out_, err_);
  }
  std::optional<RunOptions> ran_;
  std::ostringstream out_, err_;
};

TEST_F(CommandLine, RunsWithItsFilesAndPassesTheExitCodeOn) {
  EXPECT_EQ(call({"run", "--config", "a.toml", "--ready-file", "r"}), 7);
  EXPECT_EQ(ran_->config_path, "a.toml");
  EXPECT_EQ(ran_->ready_file, "r");
}

TEST_F(CommandLine, TakesTheConfigurationFromTheEnvironment) {
  setenv("SAPROXY_CONFIG", "env.toml", 1);
  EXPECT_EQ(call({"run"}), 7);
  EXPECT_EQ(ran_->config_path, "env.toml");
  EXPECT_EQ(call({"run", "--config", "own.toml"}), 7);
  EXPECT_EQ(ran_->config_path, "own.toml");
  unsetenv("SAPROXY_CONFIG");
}

struct Row {
  const char* name;
  std::vector<std::string> arguments;
};
class WrongCommandLine : public CommandLine, public ::testing::WithParamInterface<Row> {};
TEST_P(WrongCommandLine, ExitsWith2AndSaysWhyOnStandardError) {
  EXPECT_EQ(call(GetParam().arguments), 2);
  EXPECT_FALSE(ran_);
  EXPECT_EQ(out_.str(), "");
  EXPECT_NE(err_.str(), "");
}
const Row kRows[] = {
    {"NoCommand", {}},
    {"UnknownCommand", {"start"}},
    {"RunWithoutConfiguration", {"run"}},
    {"UnknownOption", {"run", "--config", "a", "--daemon"}},
    {"TwoCommands", {"version", "run", "--config", "a"}},
    {"UnknownOperation", {"explain", "--config", "a", "--credential", "12-x", "--op", "steal", "--to", "/x"}},
    {"TypeThatIsNoNumber",
     {"explain", "--config", "a", "--credential", "12-x", "--op", "create", "--to", "/x", "--ty", "ae"}},
    {"ExplainWithoutCredential", {"explain", "--config", "a", "--op", "create", "--to", "/x"}},
    {"InspectWithoutFile", {"inspect"}},
    {"RegistryWithoutCommand", {"registry"}},
    {"RegistryWithUnknownCommand", {"registry", "clear", "--config", "a"}},
    {"RegistryListWithoutConfiguration", {"registry", "list"}},
    {"RegistryShowWithoutId", {"registry", "show", "--config", "a"}},
    {"RegistryForgetOfTwo", {"registry", "forget", "Ca", "Cb", "--config", "a"}},
};
INSTANTIATE_TEST_SUITE_P(CommandLine, WrongCommandLine, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(CommandLine, HelpNamesTheExitCodes) {
  EXPECT_EQ(call({"--help"}), 0);
  EXPECT_NE(out_.str().find("Exit codes"), std::string::npos);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CommandLine, VersionNamesTheLibrariesAndTheirPatches) {
  EXPECT_EQ(call({"version"}), 0);
  for (const char* part : {"saproxy ", "commit ", "wolfSSL ", "patches", "fixes that it lacks", "GPL-3.0-or-later"})
    EXPECT_NE(out_.str().find(part), std::string::npos) << part;
}

TEST_F(CommandLine, CheckFailsWithOneLineForEachErrorInTheFile) {
  const std::string path = ::testing::TempDir() + "saproxy-broken-" + std::to_string(getpid()) + ".toml";
  std::ofstream(path) << "[cse]\nid = \"/cse1\"\nadress = 1\n";
  EXPECT_EQ(call({"check", "--config", path}), 1);
  EXPECT_EQ(out_.str(), "");
  EXPECT_NE(err_.str().find(path + ":3:"), std::string::npos) << err_.str();
  unlink(path.c_str());
}

TEST_F(CommandLine, CheckFailsForAFileThatIsNotThere) {
  EXPECT_EQ(call({"check", "--config", "/nonexistent/saproxy.toml"}), 1);
  EXPECT_NE(err_.str().find("/nonexistent/saproxy.toml"), std::string::npos);
}

TEST_F(CommandLine, InspectFailsForAFileThatIsNoCertificate) {
  const std::string path = ::testing::TempDir() + "saproxy-none-" + std::to_string(getpid()) + ".pem";
  std::ofstream(path) << "nothing\n";
  EXPECT_EQ(call({"inspect", path}), 1);
  EXPECT_NE(err_.str().find(path), std::string::npos);
  unlink(path.c_str());
}

}  // namespace
}  // namespace saproxy::proxy
