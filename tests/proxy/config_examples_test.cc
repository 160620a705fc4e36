// conf/: every example loads beside a demonstration PKI, and its documentation names every key there is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "policy/config_loader.h"
#include "proxy/files.h"
#include "tests/policy/config_files.h"

namespace saproxy::proxy {
namespace {

namespace fs = std::filesystem;
using policy::Config;
using policy::LoadResult;
using policy::testing::all_text;

const fs::path kConf = fs::path(SAPROXY_SOURCE_DIR) / "conf";

std::string content_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> examples() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kConf)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A copy of conf/ with pki/ in it, made once.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "saproxy-conf-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
    fs::copy(kConf, path_, fs::copy_options::recursive);
    const std::string command =
        std::string(SAPROXY_SOURCE_DIR) + "/deploy/demo-pki " + (path_ / "pki").string() + " >/dev/null";
    made_ = std::system(command.c_str()) == 0;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] bool is_made() const { return made_; }
  [[nodiscard]] LoadResult load(const std::string& file) const {
    return policy::load_config((path_ / file).string(), disk_reader(), disk_lister(), std::time(nullptr));
  }
  void write(const std::string& file, const std::string& text) const { std::ofstream(path_ / file) << text; }

 private:
  fs::path path_;
  bool made_ = false;
};

const Folder& folder() {
  static const Folder made;
  return made;
}

class Example : public ::testing::TestWithParam<std::string> {};

TEST_P(Example, Loads) {
  ASSERT_TRUE(folder().is_made());
  const LoadResult result = folder().load(GetParam() + ".toml");
  EXPECT_TRUE(result.errors.empty()) << all_text(result.errors);
}

INSTANTIATE_TEST_SUITE_P(Conf, Example, ::testing::ValuesIn(examples()), [](const auto& row) {
  std::string name = row.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// Where certificates are believed, nobody chooses an AE-ID that one of them may name.
TEST(RegisterOnly, AssignsToStrangers) {
  ASSERT_TRUE(folder().is_made());
  EXPECT_EQ(folder().load("register-only.toml").config.registration.strangers,
            policy::RegistrationSettings::Strangers::Assigned);
}

// "#key = value" at the beginning of a line shows a default: written without '#', nothing may change.
TEST(FullReference, ShowsTheDefaults) {
  ASSERT_TRUE(folder().is_made());
  std::istringstream lines(content_of(kConf / "saproxy.toml"));
  std::string uncommented;
  int defaults = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool is_default = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
    defaults += is_default ? 1 : 0;
    uncommented += (is_default ? line.substr(1) : line) + "\n";
  }
  EXPECT_GT(defaults, 50);
  folder().write("uncommented.toml", uncommented);
  const LoadResult written = folder().load("uncommented.toml");
  const LoadResult silent = folder().load("saproxy.toml");
  ASSERT_TRUE(written.errors.empty()) << all_text(written.errors);
  const Config &a = written.config, &b = silent.config;
  EXPECT_EQ(a.cse, b.cse);
  EXPECT_EQ(a.server, b.server);
  EXPECT_EQ(a.log, b.log);
  EXPECT_EQ(a.headers, b.headers);
  EXPECT_EQ(a.admin, b.admin);
  EXPECT_EQ(a.require_crl, b.require_crl);
  EXPECT_EQ(a.ocsp, b.ocsp);
  EXPECT_EQ(a.registration, b.registration);
  ASSERT_EQ(a.listeners.size(), b.listeners.size());
  const policy::TlsSettings &left = a.listeners[0].tls, &right = b.listeners[0].tls;
  EXPECT_EQ(a.listeners[0].limits, b.listeners[0].limits);
  EXPECT_EQ(a.listeners[0].no_identity, b.listeners[0].no_identity);
  EXPECT_EQ(std::tie(left.tls12, left.tls13, left.prefer_psk, left.extra_suites),
            std::tie(right.tls12, right.tls13, right.prefer_psk, right.extra_suites));
  EXPECT_EQ(a.psks.size(), b.psks.size());
  EXPECT_TRUE(written.warnings.empty()) << all_text(written.warnings);
}

TEST(FullReference, NamesEveryKey) {
  const std::string text = "\n" + content_of(kConf / "saproxy.toml");
  for (const std::string& key : policy::known_config_keys()) {
    const std::string last = key.substr(key.find_last_of('.') + 1);
    const bool table = text.find("[" + last + "]") != text.npos || text.find("." + last + "]") != text.npos;
    EXPECT_TRUE(table || text.find(last + " = ") != text.npos) << key;
  }
}

TEST(ConfReadme, ListsExactlyTheKeysOfTheLoader) {
  std::set<std::string> listed;
  std::istringstream lines(content_of(kConf / "README.md"));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) inside = line == "## Every key";
    if (inside && line.starts_with("| `")) listed.insert(line.substr(3, line.find('`', 3) - 3));
  }
  const auto known = policy::known_config_keys();
  EXPECT_EQ(listed, std::set<std::string>(known.begin(), known.end()));
}

}  // namespace
}  // namespace saproxy::proxy
