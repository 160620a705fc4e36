// The reconciler over a CSE that answers what the test says: what is dropped and stays dropped, when it runs, how fast.
// Spec: TS-0001 10.2.2; design invariants 7, 9
#include "proxy/registration/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/temporary_folder.h"

namespace saproxy::proxy {
namespace {

using identity::ErrorCode;
using identity::Result;
using policy::CseAnswer;
using policy::RegistryChange;
using policy::RegistrySettings;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Answers on the next turn of the loop.
class FakeTransport final : public CseTransport {
 public:
  using Reply = std::function<Result<std::pair<std::uint16_t, std::string>>(const policy::CseQuestion&)>;

  FakeTransport(uv_loop_t* loop, Reply reply) : reply_(std::move(reply)) {
    static_cast<void>(timer_.open(this, [loop](uv_timer_t* timer) { return uv_timer_init(loop, timer); }));
  }
  void ask(const policy::CseQuestion& question, Answered answered) override {
    question_ = question;
    answered_ = std::move(answered);
    uv_timer_start(timer_.get(), &on_timer, 0, 0);
  }

 private:
  static void on_timer(uv_timer_t* timer) noexcept {
    auto* self = owner_of<FakeTransport>(timer);
    if (self == nullptr) return;
    const Answered answered = std::move(self->answered_);
    const auto said = self->reply_(self->question_);
    if (!said) return answered(tl::make_unexpected(said.error()));
    answered(CseAnswer{said->first, false, std::nullopt, said->second});
  }
  Reply reply_;
  policy::CseQuestion question_;
  Answered answered_;
  UvHandle<uv_timer_t> timer_;
};

class ReconcilerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(uv_loop_init(&loop_), 0);
    config_.cse.id = *identity::CseId::parse("/cse1");
    config_.cse.sp = *identity::SpId::parse("//sp.example.com");
    config_.registry.file = folder_.file("registry.db");
    config_.registry.reconcile_rate = 1000;
    config_.cse.base_name = "in";
    open();
  }
  void TearDown() override {
    reconciler_.reset();
    registrar_->close();
    while (uv_run(&loop_, UV_RUN_DEFAULT) != 0) {
    }
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
  }
  void open() {
    registrar_ = std::make_unique<Registrar>([this](auto, const std::string& text) { lines_.push_back(text); });
    ASSERT_TRUE(registrar_->open(&loop_, config_.registry.file));
    Reconciler::Callbacks callbacks;
    callbacks.inform = [this](auto, const std::string& text) { lines_.push_back(text); };
    callbacks.connect = [this](const auto&) {
      return std::make_unique<FakeTransport>(&loop_,
                                             [this](const policy::CseQuestion& question) { return reply(question); });
    };
    reconciler_ = std::make_unique<Reconciler>(&loop_, *registrar_, std::move(callbacks));
    configure();
  }
  void configure() { reconciler_->configure(policy::Snapshot::make(config_, 1)); }
  void register_ae(const std::string& stem) {
    RegistryChange change;
    change.registration.entity_id = stem;
    change.registration.credential_id = "12-a@sp.example.com";
    change.registration.resource_id = stem;
    bool done = false;
    registrar_->record(
        stem, [change](const auto&) { return std::optional(change); }, [&done](bool recorded) { done = recorded; });
    while (!done) uv_run(&loop_, UV_RUN_ONCE);
  }
  Result<std::pair<std::uint16_t, std::string>> reply(const policy::CseQuestion& question) {
    asked_.push_back(question.to);
    if (before_answer_) before_answer_(question.to);
    if (away_) return identity::fail(ErrorCode::Failed, "connection refused");
    if (question.to == "in" && question.criteria.empty())
      return std::pair{std::uint16_t{2000}, std::string(R"({"m2m:cb":{"csi":"/cse1"}})")};
    if (question.to == "in") return std::pair{std::uint16_t{2000}, "{\"m2m:uril\":[" + listed_ + "]}"};
    if (!there_.contains(question.to)) return std::pair{std::uint16_t{4004}, std::string()};
    return std::pair{std::uint16_t{2000}, R"({"m2m:ae":{"aei":")" + question.to + R"(","ri":")" + question.to + "\"}}"};
  }
  void run_until_over(std::uint64_t runs) {
    while (reconciler_->report().succeeded + reconciler_->report().failed < runs) uv_run(&loop_, UV_RUN_ONCE);
  }
  // Until `met`, with a reload in each turn of the loop.
  void reload_until(const std::function<bool()>& met) {
    const std::uint64_t began = uv_hrtime();
    while (!met() && uv_hrtime() - began < 10'000'000'000u) {
      configure();
      uv_run(&loop_, UV_RUN_NOWAIT);
    }
    EXPECT_TRUE(met()) << "it never came";
  }
  std::size_t registered() const { return registrar_->registry().size(); }

  uv_loop_t loop_{};
  support::TemporaryFolder folder_;
  policy::Config config_;
  std::unique_ptr<Registrar> registrar_;
  std::unique_ptr<Reconciler> reconciler_;
  std::set<std::string> there_;
  std::string listed_;
  bool away_ = false;
  std::function<void(const std::string&)> before_answer_;
  std::vector<std::string> asked_, lines_;
};

TEST_F(ReconcilerTest, DropsDurablyWhatTheCseNoLongerHas) {
  for (const char* stem : {"C1", "C2", "C3"}) register_ae(stem);
  there_ = {"C2"};
  const std::uint64_t removals = registrar_->registry().removals();
  ASSERT_TRUE(reconciler_->start());
  EXPECT_FALSE(reconciler_->start()) << "one at a time";
  run_until_over(1);
  EXPECT_EQ(registered(), 1u);
  EXPECT_TRUE(registrar_->registry().find("C2"));
  EXPECT_GT(registrar_->registry().removals(), removals) << "who speaks as them learns of it";
  const ReconciliationReport& report = reconciler_->report();
  EXPECT_THAT(report.dropped_now, ElementsAre("C1", "C3"));
  EXPECT_EQ(report.dropped, 2u);
  EXPECT_GT(report.last_success, 0);
  EXPECT_THAT(reconciliation_text(report), HasSubstr("3 registered, 1 confirmed, 2 dropped"));
  EXPECT_THAT(reconciliation_text(report), HasSubstr("\ndropped C1\ndropped C3\n"));
  reconciler_.reset();
  registrar_->close();
  open();
  EXPECT_EQ(registered(), 1u) << "after a restart, too";
}

TEST_F(ReconcilerTest, DropsNothingWhileTheCseIsAway) {
  register_ae("C1");
  away_ = true;
  ASSERT_TRUE(reconciler_->start());
  run_until_over(1);
  EXPECT_EQ(registered(), 1u);
  EXPECT_EQ(reconciler_->report().failed, 1u);
  EXPECT_EQ(reconciler_->report().last_success, 0);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("not reconciled: connection refused")));
}

TEST_F(ReconcilerTest, DropsNothingThatIsRegisteredAnewMeanwhile) {
  register_ae("C1");
  bool again = true;
  before_answer_ = [&](const std::string& to) {
    if (to != "C1" || !std::exchange(again, false)) return;
    there_.insert("C1");
    RegistryChange change{RegistryChange::Kind::Put, *registrar_->registry().find("C1")};
    registrar_->registry().apply(std::span(&change, 1));
    there_.clear();
  };
  ASSERT_TRUE(reconciler_->start());
  run_until_over(1);
  EXPECT_EQ(registered(), 1u);
  EXPECT_EQ(reconciler_->report().result.undecided, 1u);
}

TEST_F(ReconcilerTest, ListsWhatOnlyTheCseHas) {
  there_ = {"C7"};
  listed_ = "\"C7\"";
  ASSERT_TRUE(reconciler_->start());
  run_until_over(1);
  EXPECT_EQ(registered(), 0u);
  EXPECT_THAT(reconciliation_text(reconciler_->report()), HasSubstr("1 unknown\nunknown C7 C7\n"));
}

TEST_F(ReconcilerTest, RunsWhenTheCseBeginsToAnswerUnlessItIsOff) {
  register_ae("C1");
  config_.registry.reconcile = RegistrySettings::Reconcile::Off;
  configure();
  reconciler_->cse_answers();
  uv_run(&loop_, UV_RUN_NOWAIT);
  EXPECT_THAT(asked_, IsEmpty());
  config_.registry.reconcile = RegistrySettings::Reconcile::Start;
  configure();
  reconciler_->cse_answers();
  run_until_over(1);
  EXPECT_EQ(registered(), 0u);
}

TEST_F(ReconcilerTest, TriesAgainUntilTheCseIsThere) {
  register_ae("C1");
  there_ = {"C1"};
  away_ = true;
  reconciler_->cse_answers();
  run_until_over(1);
  away_ = false;
  run_until_over(2);
  EXPECT_EQ(reconciler_->report().succeeded, 1u);
  EXPECT_EQ(registered(), 1u);
}

TEST_F(ReconcilerTest, RunsAtItsInterval) {
  config_.registry.reconcile_every = policy::Milliseconds(1);
  configure();
  reconciler_->cse_answers();
  run_until_over(3);
  EXPECT_EQ(reconciler_->report().succeeded, 3u);
}

TEST_F(ReconcilerTest, ReloadsDoNotPutOffItsInterval) {
  config_.registry.reconcile_every = policy::Milliseconds(50);
  reload_until([this] { return reconciler_->report().succeeded == 2; });
}

TEST_F(ReconcilerTest, ReloadsDoNotPutOffItsNextTry) {
  register_ae("C1");
  away_ = true;
  reconciler_->cse_answers();
  reload_until([this] { return reconciler_->report().failed == 2; });
}

TEST_F(ReconcilerTest, AsksNoFasterThanItsRate) {
  for (int i = 0; i < 20; ++i) {
    register_ae("C" + std::to_string(i));
    there_.insert("C" + std::to_string(i));
  }
  config_.registry.reconcile_rate = 100;
  configure();
  const std::uint64_t began = uv_hrtime();
  ASSERT_TRUE(reconciler_->start());
  run_until_over(1);
  EXPECT_GE(uv_hrtime() - began, 20u * 9'000'000u);
}

TEST_F(ReconcilerTest, AnotherCseIsAskedAnew) {
  register_ae("C1");
  there_ = {"C1"};
  ASSERT_TRUE(reconciler_->start());
  config_.cse.address.port = 1;
  configure();
  EXPECT_FALSE(reconciler_->running());
  run_until_over(1);
  EXPECT_EQ(reconciler_->report().succeeded, 1u);
}

TEST_F(ReconcilerTest, EndsInTheMiddleOfAQuestion) {
  register_ae("C1");
  ASSERT_TRUE(reconciler_->start());
  uv_run(&loop_, UV_RUN_ONCE);
  reconciler_.reset();  // TearDown finds what is left
}

}  // namespace
}  // namespace saproxy::proxy
