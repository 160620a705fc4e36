// Who asks when, and who is told what. The transport is one that answers when a test says so.
#include "proxy/client/ocsp_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "proxy/session/context_set.h"
#include "tests/support/ocsp_files.h"

namespace saproxy::proxy {
namespace {

using identity::Bytes;
using identity::ErrorCode;
using policy::Milliseconds;
using policy::OcspVerdict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::ocsp_file;

// What was asked of responders, and not yet answered.
struct Asked {
  std::string authority;
  OcspTransport::Answered answered;
};

class FakeTransport final : public OcspTransport {
 public:
  FakeTransport(std::vector<std::shared_ptr<Asked>>& all, std::string authority)
      : all_(all), authority_(std::move(authority)) {}
  ~FakeTransport() override {
    if (mine_) mine_->answered = nullptr;
  }
  void ask(const Bytes& /*request*/, Answered answered) override {
    mine_ = std::make_shared<Asked>(Asked{authority_, std::move(answered)});
    all_.push_back(mine_);
  }

 private:
  std::vector<std::shared_ptr<Asked>>& all_;
  std::string authority_;
  std::shared_ptr<Asked> mine_;
};

class OcspClientTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(initialise_wolfssl()); }
  OcspClientTest() {
    uv_loop_init(&loop_);
    OcspClient::Callbacks callbacks;
    callbacks.inform = [this](auto, const std::string& text) { lines_.push_back(text); };
    callbacks.connect = [this](const policy::ResponderUrl& url, OcspNamedBy named_by, Milliseconds) {
      named_by_.push_back(named_by);
      return std::make_unique<FakeTransport>(asked_, url.authority());
    };
    callbacks.unix_seconds = [this] { return now_; };
    client_ = std::make_unique<OcspClient>(&loop_, std::move(callbacks), 7u);
    EXPECT_TRUE(client_->open());
    settings_.mode = policy::OcspSettings::Mode::Hard;
    settings_.timeout = Milliseconds(60000);
  }
  ~OcspClientTest() override {
    client_->close();
    client_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }
  void configure() { client_->configure(settings_); }
  void ask(const std::string& certificate = "leaf.der") {
    ASSERT_TRUE(client_->ask({ocsp_file(certificate), ocsp_file("ca.der"), "10-C1"},
                             [this](const KnownVerdict& known) { told_.push_back(known); }));
    uv_run(&loop_, UV_RUN_NOWAIT);
  }
  void answer(const std::string& file) { answer_bytes(ocsp_file(file)); }
  void answer_bytes(identity::ByteView bytes) {
    ASSERT_FALSE(asked_.empty());
    const auto first = asked_.front();
    asked_.erase(asked_.begin());
    ASSERT_TRUE(first->answered) << "nobody waits for it any more";
    const auto answered = first->answered;
    answered(bytes);
  }
  void fail(ErrorCode code) {
    const auto first = asked_.front();
    asked_.erase(asked_.begin());
    const auto answered = first->answered;
    answered(identity::fail(code, "why"));
  }
  std::vector<OcspVerdict> verdicts() {
    std::vector<OcspVerdict> all;
    for (const KnownVerdict& known : told_) all.push_back(known.verdict);
    return all;
  }
  void run_until_told(std::size_t count) {
    // Not UV_RUN_ONCE: it waits for another event when a timer that is due has told the last one.
    while (told_.size() < count) uv_run(&loop_, UV_RUN_NOWAIT);
  }
  [[nodiscard]] OcspTime uv() { return uv_now(&loop_); }

  uv_loop_t loop_{};
  std::int64_t now_ = std::time(nullptr);
  policy::OcspSettings settings_;
  std::vector<std::shared_ptr<Asked>> asked_;
  std::vector<KnownVerdict> told_;
  std::vector<std::string> lines_;
  std::vector<OcspNamedBy> named_by_;
  std::unique_ptr<OcspClient> client_;
};

TEST_F(OcspClientTest, AsksOnceWhoeverAsks) {
  configure();
  ask();
  ask();
  ask();
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(asked_[0]->authority, "ocsp.example.com:8888");
  EXPECT_THAT(named_by_, ElementsAre(OcspNamedBy::Certificate));
  EXPECT_EQ(client_->report().waiting, 3u);
  EXPECT_EQ(client_->report().in_flight, 1u);
  EXPECT_TRUE(told_.empty());
  answer("good.der");
  EXPECT_THAT(verdicts(), ElementsAre(OcspVerdict::Good, OcspVerdict::Good, OcspVerdict::Good));
  ask();
  EXPECT_TRUE(asked_.empty()) << "it is known";
  EXPECT_EQ(told_.size(), 4u);
  EXPECT_EQ(client_->report().waiting, 0u);
  EXPECT_EQ(client_->report().in_flight, 0u);
  EXPECT_EQ(client_->report().cached, 1u);
  EXPECT_EQ(client_->report().verdicts[0], 1u);
}

TEST_F(OcspClientTest, WhatIsRevokedStaysKnown) {
  configure();
  ask();
  answer("revoked.der");
  ask();
  EXPECT_THAT(verdicts(), ElementsAre(OcspVerdict::Revoked, OcspVerdict::Revoked));
}

TEST_F(OcspClientTest, AnAnswerServesAsLongAsItMayAndIsAskedForAgainShortlyBefore) {
  settings_.max_age = Milliseconds(1'000'000);
  configure();
  ask();
  answer("good.der");
  EXPECT_NEAR(static_cast<double>(told_[0].until - uv()), 1e6, 1e4);
  EXPECT_LE(told_[0].ask_at, told_[0].until);
  EXPECT_GE(told_[0].ask_at, told_[0].until - 100'000);
}

TEST_F(OcspClientTest, OnlySoManyQuestionsAreUnderWay) {
  settings_.max_questions = 1;
  settings_.responder = *policy::parse_responder_url("http://127.0.0.1:9");
  configure();
  ask("leaf.der");
  ask("sibling.der");
  EXPECT_EQ(asked_.size(), 1u);
  EXPECT_EQ(client_->report().questions, 2u);
  answer("good.der");
  ASSERT_EQ(asked_.size(), 1u);
  answer("about-sibling.der");
  EXPECT_THAT(verdicts(), ElementsAre(OcspVerdict::Good, OcspVerdict::Good));
}

TEST_F(OcspClientTest, OnlySoManyWait) {
  settings_.max_waiting = 2;
  configure();
  ask();
  ask();
  ask();
  EXPECT_THAT(verdicts(), ElementsAre(OcspVerdict::Busy));
  answer("good.der");
  EXPECT_EQ(told_.size(), 3u);
  EXPECT_EQ(told_.back().verdict, OcspVerdict::Good) << "that others were too many says nothing about it";
}

TEST_F(OcspClientTest, WhoDoesNotAnswerInTimeIsNotWaitedFor) {
  settings_.timeout = Milliseconds(20);
  settings_.max_questions = 1;
  settings_.responder = *policy::parse_responder_url("http://127.0.0.1:9");
  configure();
  ask("leaf.der");
  ask("sibling.der");
  run_until_told(2);
  EXPECT_THAT(verdicts(), ElementsAre(OcspVerdict::Timeout, OcspVerdict::Timeout));
  EXPECT_FALSE(asked_[0]->answered);
  EXPECT_EQ(client_->report().in_flight, 0u);
  ask("leaf.der");
  EXPECT_EQ(told_.size(), 3u) << "not asked again before retry_after";
}

TEST_F(OcspClientTest, ItIsAskedAgainAfterAWhile) {
  settings_.retry_after = Milliseconds(5);
  configure();
  ask();
  fail(ErrorCode::Failed);
  EXPECT_THAT(verdicts(), ElementsAre(OcspVerdict::Unreachable));
  while (uv() < told_[0].until) uv_run(&loop_, UV_RUN_NOWAIT), uv_update_time(&loop_);
  ask();
  answer("good.der");
  EXPECT_EQ(told_.back().verdict, OcspVerdict::Good);
}

TEST_F(OcspClientTest, TheAnswerBeforeServesOnWhileThereIsNoOther) {
  settings_.min_age = settings_.max_age = Milliseconds(10000);
  settings_.retry_after = Milliseconds(1);
  configure();
  ask();
  answer("good.der");
  // As if the last tenth of its time had come.
  const OcspTime until = told_[0].until;
  OcspCache& cache = const_cast<OcspCache&>(client_->cache());
  KnownVerdict early = told_[0];
  early.ask_at = uv();
  cache.put(ocsp_key(ocsp_file("leaf.der"), ocsp_file("ca.der")), early, 10);
  ask();
  ASSERT_EQ(asked_.size(), 1u);
  fail(ErrorCode::Failed);
  EXPECT_EQ(told_[1].verdict, OcspVerdict::Good);
  EXPECT_EQ(told_[1].until, until);
  EXPECT_GT(told_[1].ask_at, early.ask_at);
}

TEST_F(OcspClientTest, OnlyThoseThatAreAllowedAreAsked) {
  settings_.allow = {*policy::parse_allowed_responder("ocsp.example.org")};
  configure();
  ask("leaf.der");
  ask("sibling.der");
  EXPECT_TRUE(asked_.empty());
  EXPECT_THAT(verdicts(), ElementsAre(OcspVerdict::NotAllowed, OcspVerdict::NoResponder));
}

TEST_F(OcspClientTest, TheConfiguredResponderIsAskedInstead) {
  settings_.responder = *policy::parse_responder_url("http://127.0.0.1:9");
  configure();
  ask();
  EXPECT_EQ(asked_.at(0)->authority, "127.0.0.1:9");
  EXPECT_THAT(named_by_, ElementsAre(OcspNamedBy::Configuration));
}

TEST_F(OcspClientTest, WhatIsNoAnswerIsTold) {
  settings_.retry_after = Milliseconds(0);
  configure();
  for (const auto& [code, verdict] : {std::pair{ErrorCode::Failed, OcspVerdict::Unreachable},
                                      std::pair{ErrorCode::NotFound, OcspVerdict::Unreachable},
                                      std::pair{ErrorCode::Unsupported, OcspVerdict::HttpError},
                                      std::pair{ErrorCode::BadSyntax, OcspVerdict::HttpError}}) {
    ask();
    fail(code);
    EXPECT_EQ(told_.back().verdict, verdict);
  }
  ask();
  answer("stranger.der");
  EXPECT_EQ(told_.back().verdict, OcspVerdict::Untrusted);
  ask();
  answer_bytes({});
  EXPECT_EQ(told_.back().verdict, OcspVerdict::Malformed);
}

TEST_F(OcspClientTest, SaysSoOnceInAWhile) {
  settings_.retry_after = Milliseconds(0);
  configure();
  for (int i = 0; i < 5; ++i) {
    ask();
    fail(ErrorCode::Failed);
  }
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0], HasSubstr("10-C1"));
  EXPECT_THAT(lines_[0], HasSubstr("unreachable: why"));
}

TEST_F(OcspClientTest, OtherSettingsForgetWhatWasKnown) {
  configure();
  ask();
  answer("good.der");
  configure();
  EXPECT_EQ(client_->cache().size(), 1u) << "they are the same";
  ask("sibling.der");
  settings_.nonce = true;
  configure();
  EXPECT_EQ(client_->cache().size(), 0u);
  ask();
  EXPECT_EQ(asked_.size(), 1u);
}

TEST_F(OcspClientTest, WhatWasAskedUnderOtherSettingsIsNotRemembered) {
  configure();
  ask();
  settings_.responder = *policy::parse_responder_url("http://127.0.0.1:9");
  configure();
  answer("good.der");
  EXPECT_THAT(verdicts(), ElementsAre(OcspVerdict::Good));
  EXPECT_EQ(client_->cache().size(), 0u);
}

TEST_F(OcspClientTest, NobodyIsToldAfterItsEnd) {
  configure();
  ask();
  client_->close();
  EXPECT_FALSE(asked_[0]->answered);
  EXPECT_FALSE(client_->ask({ocsp_file("leaf.der"), ocsp_file("ca.der"), ""}, [](const KnownVerdict&) { FAIL(); }));
}

}  // namespace
}  // namespace saproxy::proxy
