// The metrics page: every name and label stands in tests/data/metrics.golden. SAPROXY_UPDATE_GOLDEN=1 rewrites it.
#include "proxy/admin/metrics.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "policy/reason.h"

namespace saproxy::proxy {
namespace {

policy::Config a_config() {
  policy::Config config;
  policy::ServerCertificate own;
  own.name = "main";
  own.not_after = 1800000000;
  config.certificates.push_back(std::move(own));
  return config;
}

struct Page {
  Page() {
    state.workers = {&first, &second};
    state.snapshot = policy::Snapshot::make(a_config(), 1);
    state.generation = 1;
  }
  WorkerCounters first, second;
  ProcessState state;
  // The value of a series, or -1.
  double value(const std::string& series) const {
    std::istringstream text(render_metrics(state));
    for (std::string line; std::getline(text, line);)
      if (line.starts_with(series + " ")) return std::strtod(line.c_str() + series.size(), nullptr);
    return -1;
  }
};

// HELP and TYPE as they are, series without their value; what depends on the build or the machine is masked.
std::string shape(const std::string& page) {
  std::istringstream text(page);
  std::string shaped;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("saproxy_build_info"))
      line = "saproxy_build_info{version,commit,wolfssl,patches,missing_fixes} ";
    shaped += line.front() == '#' ? line + "\n" : line.substr(0, line.rfind(' ')) + "\n";
  }
  return shaped;
}

TEST(Metrics, NamesAndLabelsAreTheGoldenOnes) {
  const std::string path = std::string(SAPROXY_SOURCE_DIR) + "/tests/data/metrics.golden";
  const std::string now = shape(render_metrics(Page().state));
  if (std::getenv("SAPROXY_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << now;
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(now, golden.str()) << "if this is meant: SAPROXY_UPDATE_GOLDEN=1, then review the difference";
}

TEST(Metrics, SumOverTheWorkers) {
  Page page;
  page.first.connections_accepted.add(3);
  page.second.connections_accepted.add(4);
  page.second.upstream.answers.add(2);
  EXPECT_EQ(page.value("saproxy_connections_accepted_total"), 7);
  EXPECT_EQ(page.value("saproxy_upstream_answers_total"), 2);
}

TEST(Metrics, ShowEveryRefusalReasonFromTheStart) {
  const Page page;
  for (std::size_t i = 0; i < policy::kReasonCount; ++i) {
    const std::string word(policy::info(static_cast<policy::Reason>(i)).word);
    EXPECT_EQ(page.value("saproxy_refusals_total{reason=\"" + word + "\"}"), 0) << word;
  }
}

TEST(Metrics, CountAForgedOriginatorUnderItsReasonAndCode) {
  Page page;
  page.first.refused[static_cast<std::size_t>(policy::Reason::OriginatorNotAllowed)].add();
  page.first.answers[static_cast<std::size_t>(policy::Operation::Create)][counted_code(4106)].add();
  EXPECT_EQ(page.value("saproxy_refusals_total{reason=\"originator_not_allowed\"}"), 1);
  EXPECT_EQ(page.value("saproxy_requests_total{binding=\"https\",operation=\"create\",rsc=\"4106\"}"), 1);
}

TEST(Metrics, BucketsAreCumulativeAndInSeconds) {
  Page page;
  page.first.request_duration.observe(100);        // on the first bound
  page.second.request_duration.observe(2000);      // up to 2.5 ms
  page.second.request_duration.observe(60000000);  // above all
  const std::string bucket = "saproxy_request_duration_seconds_bucket{binding=\"https\",le=";
  EXPECT_EQ(page.value(bucket + "\"0.0001\"}"), 1);
  EXPECT_EQ(page.value(bucket + "\"0.0025\"}"), 2);
  EXPECT_EQ(page.value(bucket + "\"10\"}"), 2);
  EXPECT_EQ(page.value(bucket + "\"+Inf\"}"), 3);
  EXPECT_EQ(page.value("saproxy_request_duration_seconds_count{binding=\"https\"}"), 3);
  EXPECT_NEAR(page.value("saproxy_request_duration_seconds_sum{binding=\"https\"}"), 60.0021, 1e-6);
}

TEST(Metrics, ShowExpiryAsATimestampUnderTheConfiguredName) {
  const Page page;
  EXPECT_EQ(page.value("saproxy_certificate_expiry_timestamp_seconds{certificate=\"main\",kind=\"server\"}"),
            1800000000);
}

// Words of the first `count` values are all different, and the one after them has no word of its own: a value that the
// binding gains fails here until it has a counter.
template <class Error>
void expect_all_counted(std::size_t count) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < count; ++i) words.insert(http::to_text(static_cast<Error>(i)));
  EXPECT_EQ(words.size(), count);
  EXPECT_TRUE(words.contains(http::to_text(static_cast<Error>(count))));
}
TEST(Metrics, HaveACounterForEveryWayARequestIsNotUnderstood) {
  expect_all_counted<http::MappingError>(kMappingErrorCount);
  expect_all_counted<http::ParseError>(kParseErrorCount);
}

TEST(Metrics, ShowWhatTheEgressCounts) {
  Page page;
  EXPECT_EQ(page.value("saproxy_egress_requests_total{result=\"timeout\"}"), 0) << "also without an egress";
  EgressCounters egress;
  page.state.egress = &egress;
  egress.calls[static_cast<std::size_t>(CallResult::Timeout)].add(2);
  egress.calls[static_cast<std::size_t>(CallResult::TooLate)].add(3);
  egress.handshakes_ok.add(4);
  egress.handshakes_failed[static_cast<std::size_t>(HandshakeFailure::WrongPskKey)].add(5);
  egress.denied[static_cast<std::size_t>(policy::EgressDenial::Metadata)].add(6);
  egress.sessions.set(7);
  egress.call_duration.observe(2000);
  EXPECT_EQ(page.value("saproxy_egress_requests_total{result=\"timeout\"}"), 2);
  EXPECT_EQ(page.value("saproxy_egress_requests_total{result=\"too_late\"}"), 3);
  EXPECT_EQ(page.value("saproxy_egress_handshakes_total{result=\"ok\",reason=\"none\"}"), 4);
  EXPECT_EQ(page.value("saproxy_egress_handshakes_total{result=\"failed\",reason=\"wrong_psk_key\"}"), 5);
  EXPECT_EQ(page.value("saproxy_egress_addresses_denied_total{reason=\"metadata\"}"), 6);
  EXPECT_EQ(page.value("saproxy_egress_associations_open"), 7);
  EXPECT_EQ(page.value("saproxy_egress_request_duration_seconds_bucket{le=\"0.0025\"}"), 1);
}

TEST(Metrics, ReadyFollowsReadiness) {
  Page page;
  page.state.listeners_up = page.state.cse_answers = true;
  EXPECT_EQ(page.value("saproxy_ready"), 1);
  page.state.draining = true;
  EXPECT_EQ(page.value("saproxy_ready"), 0);
  EXPECT_EQ(page.value("saproxy_draining"), 1);
}

TEST(Metrics, KnowTheProcess) {
  const Page page;
  EXPECT_GT(page.value("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(page.value("process_open_fds"), 2);
}

TEST(Metrics, PleasePromtool) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  FILE* promtool = popen("promtool check metrics 2>&1", "w");
  ASSERT_NE(promtool, nullptr);
  const std::string page = render_metrics(Page().state);
  std::fwrite(page.data(), 1, page.size(), promtool);
  EXPECT_EQ(pclose(promtool), 0);
}

TEST(Readiness, NamesTheFirstThingThatIsMissing) {
  ProcessState state;
  EXPECT_EQ(readiness(state).reason, "no configuration is loaded");
  state.snapshot = policy::Snapshot::make(a_config(), 1);
  EXPECT_EQ(readiness(state).reason, "the listeners are not up");
  state.listeners_up = true;
  EXPECT_EQ(readiness(state).reason, "the CSE does not answer");
  state.cse_answers = true;
  EXPECT_TRUE(readiness(state).ready);
  state.draining = true;
  EXPECT_EQ(readiness(state).reason, "draining");
}

}  // namespace
}  // namespace saproxy::proxy
