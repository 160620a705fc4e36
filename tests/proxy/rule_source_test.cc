// RuleSource over a transport that answers what the test says: what is in force, and when another profile is told.
// Spec: TS-0004 7.3.2.7
#include "proxy/client/rule_source.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace saproxy::proxy {
namespace {

using identity::ErrorCode;
using policy::CseAnswer;
using State = policy::ServiceProfile::State;
using Rules = policy::RegistrationSettings::Rules;

// What a source says: a node with these rules, no node, or nothing at all.
struct Behaviour {
  std::deque<std::string> rules;
  bool has_node = true;
  bool away = false;
};

// Keeps the question for the test, and ends the turn of the loop in which it was asked.
class FakeTransport final : public CseTransport {
 public:
  FakeTransport(uv_loop_t* loop, Answered& waiting, policy::CseQuestion& question)
      : loop_(loop), waiting_(waiting), question_(question) {}
  ~FakeTransport() override { waiting_ = nullptr; }
  void ask(const policy::CseQuestion& question, Answered answered) override {
    question_ = question;
    waiting_ = std::move(answered);
    uv_stop(loop_);
  }

 private:
  uv_loop_t* loop_;
  Answered& waiting_;
  policy::CseQuestion& question_;
};

class RuleSourceTest : public ::testing::Test {
 protected:
  RuleSourceTest() {
    uv_loop_init(&loop_);
    config_.registration.app_rules = Rules::Fetched;
    config_.cse.id = *identity::CseId::parse("/cse1");
    config_.rule_source.base = "in";
    config_.rule_source.refresh = policy::Milliseconds(5);
    RuleSource::Callbacks callbacks;
    callbacks.changed = [this] {
      told_.push_back(source_->profile().state);
      uv_stop(&loop_);
    };
    callbacks.inform = [this](auto, const std::string& text) { lines_.push_back(text); };
    callbacks.connect = [this](const auto&, const auto&) {
      return std::make_unique<FakeTransport>(&loop_, waiting_, question_);
    };
    source_ = std::make_unique<RuleSource>(&loop_, std::move(callbacks), 1);
  }
  ~RuleSourceTest() override {
    source_.reset();
    while (uv_run(&loop_, UV_RUN_DEFAULT) != 0) {  // it may have been told to stop
    }
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
  }

  // Answers one question.
  void answer() {
    while (!waiting_) uv_run(&loop_, UV_RUN_ONCE);
    const CseTransport::Answered answered = std::exchange(waiting_, nullptr);
    if (behaviour_.away) return answered(identity::fail(ErrorCode::Failed, "connection refused"));
    const std::string content = content_for(question_);
    if (content.empty()) return answered(CseAnswer{4004, false, std::nullopt, ""});
    answered(CseAnswer{2000, false, std::nullopt, content});
  }
  std::string content_for(const policy::CseQuestion& question) const {
    if (!question.criteria.empty() && question.criteria.front().first == "fu")
      return behaviour_.has_node ? R"({"m2m:uril":["n"]})" : R"({"m2m:uril":[]})";
    if (question.to == "n") {
      std::string links;
      for (const std::string& rule : behaviour_.rules) links += (links.empty() ? "\"" : ",\"") + rule + "\"";
      return R"({"m2m:svsn":{"csi":"/cse1","rlk":[)" + links + "]}}";
    }
    if (!question.criteria.empty()) return "";
    return R"({"m2m:asar":{"apci":["*"],"aai":["*"],"aae":[")" + question.to + "\"]}}";
  }
  // A whole fetch, whatever its result.
  void fetch() {
    const std::uint64_t before = fetches();
    while (fetches() == before) answer();
  }
  std::uint64_t fetches() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : source_->report().fetches) sum += count;
    return sum;
  }
  std::uint64_t count(FetchResult result) const { return source_->report().fetches[static_cast<std::size_t>(result)]; }

  uv_loop_t loop_{};
  Behaviour behaviour_;
  CseTransport::Answered waiting_;
  policy::CseQuestion question_;
  policy::Config config_;
  std::unique_ptr<RuleSource> source_;
  std::vector<State> told_;
  std::vector<std::string> lines_;
};

TEST_F(RuleSourceTest, IsUnusedUnlessRulesAreFetched) {
  config_.registration.app_rules = Rules::Off;
  source_->configure(config_);
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_EQ(source_->profile().state, State::Unused);
}

TEST_F(RuleSourceTest, IsPendingUntilTheFirstFetchAndTellsChangesOnly) {
  behaviour_.rules = {"C1", "C2"};
  source_->configure(config_);
  EXPECT_EQ(source_->profile().state, State::Pending);
  for (int i = 0; i < 3; ++i) fetch();
  EXPECT_EQ(told_, std::vector{State::Present});
  EXPECT_EQ(source_->profile().rules->size(), 2u);
  EXPECT_EQ(count(FetchResult::Ok), 3u);
  EXPECT_EQ(lines_.size(), 1u);
  EXPECT_GT(source_->report().last_success, 0);
  behaviour_.rules = {"C1"};
  fetch();
  EXPECT_EQ(told_.size(), 2u);
  EXPECT_EQ(source_->profile().rules->size(), 1u);
}

TEST_F(RuleSourceTest, KeepsTheLastGoodCopyWhileTheSourceIsAway) {
  behaviour_.rules = {"C1"};
  source_->configure(config_);
  fetch();
  behaviour_.away = true;
  for (int i = 0; i < 3; ++i) fetch();
  EXPECT_EQ(told_.size(), 1u);
  EXPECT_EQ(source_->profile().rules->size(), 1u);
  EXPECT_EQ(count(FetchResult::Unreachable), 3u);
  EXPECT_EQ(lines_.size(), 2u) << "one line for one outage";
}

TEST_F(RuleSourceTest, ACopyThatIsTooOldServesNobody) {
  config_.rule_source.max_age = policy::Milliseconds(20);
  behaviour_.rules = {"C1"};
  source_->configure(config_);
  fetch();
  behaviour_.away = true;
  while (told_.size() == 1) fetch();
  EXPECT_EQ(told_, (std::vector{State::Present, State::Unavailable}));
  behaviour_.away = false;
  fetch();
  EXPECT_EQ(told_.back(), State::Present);
}

TEST_F(RuleSourceTest, ACopyGetsTooOldWhileAFetchHangs) {
  config_.rule_source.max_age = policy::Milliseconds(20);
  behaviour_.rules = {"C1"};
  source_->configure(config_);
  fetch();
  while (told_.size() == 1) uv_run(&loop_, UV_RUN_ONCE);  // nobody answers
  EXPECT_EQ(told_.back(), State::Unavailable);
}

TEST_F(RuleSourceTest, WithoutAnyCopyThereIsNoProfile) {
  behaviour_.away = true;
  source_->configure(config_);
  fetch();
  EXPECT_EQ(told_, std::vector{State::Unavailable});
}

TEST_F(RuleSourceTest, ANodeThatIsGoneTakesTheRulesWithIt) {
  behaviour_.rules = {"C1"};
  source_->configure(config_);
  fetch();
  behaviour_.has_node = false;
  fetch();
  EXPECT_EQ(told_, (std::vector{State::Present, State::Unavailable}));
  EXPECT_EQ(count(FetchResult::NoNode), 1u);
}

TEST_F(RuleSourceTest, AFetchThatTakesTooLongEnds) {
  config_.rule_source.timeout = policy::Milliseconds(1);
  source_->configure(config_);
  while (count(FetchResult::Unreachable) == 0) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(told_, std::vector{State::Unavailable});
}

TEST_F(RuleSourceTest, ANewConfigurationKeepsWhatCameFromTheSameSource) {
  behaviour_.rules = {"C1"};
  source_->configure(config_);
  fetch();
  config_.rule_source.refresh = policy::Milliseconds(7);
  source_->configure(config_);
  EXPECT_EQ(source_->profile().state, State::Present);
  config_.cse.id = *identity::CseId::parse("/cse2");
  source_->configure(config_);
  EXPECT_EQ(source_->profile().state, State::Pending);
  config_.registration.app_rules = Rules::File;
  source_->configure(config_);
  EXPECT_EQ(source_->profile().state, State::Unused);
}

TEST_F(RuleSourceTest, ADemandBringsTheNextFetchForward) {
  config_.rule_source.refresh = policy::Milliseconds(3'600'000);
  source_->configure(config_);
  fetch();
  source_->wanted();
  const std::uint64_t began = uv_hrtime();
  fetch();
  EXPECT_LT(uv_hrtime() - began, 60'000'000'000u);
}

}  // namespace
}  // namespace saproxy::proxy
