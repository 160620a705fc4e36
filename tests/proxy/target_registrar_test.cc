// The registrar and notification targets: durable before anybody hears of them, bounded, one for each URL.
// Spec: design invariant 9 and section 5 (bounds); TS-0004 7.4.8
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../support/registrations.h"
#include "../support/temporary_folder.h"
#include "proxy/registration/registrar.h"

namespace saproxy::proxy {
namespace {

using policy::NotificationTarget;
using policy::RegistryChange;
using support::a_target;
using support::an_ae;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class TargetRegistrarTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(uv_loop_init(&loop_), 0);
    open();
  }
  void TearDown() override {
    registrar_->close();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }
  void open() {
    registrar_ = std::make_unique<Registrar>([](auto, const std::string&) {});
    const auto opened = registrar_->open(&loop_, folder_.file("registry.db"));
    ASSERT_TRUE(opened) << opened.error().detail;
  }
  void restart() {
    registrar_->close();
    registrar_.reset();
    open();
  }
  void record(const RegistryChange& change) {
    registrar_->record(
        change.registration.entity_id, [change](const auto&) { return std::optional(change); },
        [this](bool recorded) { registered_ += recorded ? 1 : 0; });
  }
  void wish(std::vector<NotificationTarget> targets, policy::TargetBounds bounds = {4, 6}) {
    registrar_->record_targets(std::move(targets), bounds,
                               [this](TargetsOutcome outcome) { told_.push_back(outcome); });
  }
  void run_until_told(std::size_t count) {
    while (told_.size() < count && uv_run(&loop_, UV_RUN_ONCE) != 0) {
    }
  }
  [[nodiscard]] std::string token_of(const std::string& entity, const std::string& url) const {
    return registrar_->registry().look([&](const policy::Registry& registry) {
      const NotificationTarget* target = registry.targets().find(entity, url);
      return target == nullptr ? std::string() : target->token;
    });
  }

  uv_loop_t loop_{};
  support::TemporaryFolder folder_;
  std::unique_ptr<Registrar> registrar_;
  std::vector<TargetsOutcome> told_;
  int registered_ = 0;
  NotificationTarget a_ = a_target('a', "Cae1", "https://h/a"), b_ = a_target('b', "Cae1", "https://h/b");
};

TEST_F(TargetRegistrarTest, RecordsBeforeItSaysSo) {
  record(support::put(an_ae("Cae1")));
  wish({a_, b_});
  run_until_told(1);
  EXPECT_THAT(told_, ElementsAre(TargetsOutcome::Recorded));
  EXPECT_EQ(token_of("Cae1", a_.url), a_.token);
  restart();
  EXPECT_EQ(token_of("Cae1", b_.url), b_.token) << "another start finds them";
  ASSERT_TRUE(registrar_->registry().find_target(a_.token));
  EXPECT_EQ(registrar_->registry().find_target(a_.token)->url, a_.url);
}

TEST_F(TargetRegistrarTest, TwoWhoWishForTheSameGetOne) {
  record(support::put(an_ae("Cae1")));
  wish({a_});
  NotificationTarget same = a_;
  same.token = a_target('c', "", "").token;
  wish({same});
  wish({same, b_});
  run_until_told(3);
  EXPECT_THAT(told_, ::testing::Each(TargetsOutcome::Recorded));
  EXPECT_EQ(token_of("Cae1", a_.url), a_.token) << "the CSE may have it already";
  EXPECT_EQ(token_of("Cae1", b_.url), b_.token);
}

TEST_F(TargetRegistrarTest, NobodyGetsOneWithoutARegistration) {
  wish({a_});
  record(support::put(an_ae("Cae1")));
  record(support::erase("Cae1"));
  wish({b_});
  run_until_told(2);
  EXPECT_THAT(told_, ElementsAre(TargetsOutcome::Gone, TargetsOutcome::Gone));
}

TEST_F(TargetRegistrarTest, EachSubscriberHasABound) {
  record(support::put(an_ae("Cae1")));
  record(support::put(an_ae("Cae2")));
  wish({a_, b_}, {2, 100});
  wish({a_target('c', "Cae1", "https://h/c")}, {2, 100});
  wish({a_target('d', "Cae2", "https://h/c")}, {2, 100});
  NotificationTarget others = a_target('e', "Cae2", "https://h/e");
  others.subscriber = a_.subscriber;
  wish({others}, {2, 100});
  wish({a_}, {1, 1});  // what is there already takes no room
  run_until_told(5);
  // A refusal needs no disk, and may be told first.
  EXPECT_THAT(told_, UnorderedElementsAre(TargetsOutcome::Recorded, TargetsOutcome::Full, TargetsOutcome::Recorded,
                                          TargetsOutcome::Full, TargetsOutcome::Recorded))
      << "whomever the URLs lead to";
}

TEST_F(TargetRegistrarTest, AllTogetherHaveABound) {
  record(support::put(an_ae("Cae1")));
  record(support::put(an_ae("Cae2")));
  wish({a_, b_}, {4, 3});
  wish({a_target('c', "Cae2", "https://h/c"), a_target('d', "Cae2", "https://h/d")}, {4, 3});
  run_until_told(2);
  EXPECT_THAT(told_, UnorderedElementsAre(TargetsOutcome::Recorded, TargetsOutcome::Full)) << "also what came together";
  EXPECT_EQ(token_of("Cae2", "https://h/c"), "") << "all or none";
}

TEST_F(TargetRegistrarTest, SaysSoWhenTheyCannotBeStored) {
  record(support::put(an_ae("Cae1")));
  NotificationTarget bad = a_;
  bad.token = "t";
  wish({bad});
  run_until_told(1);
  EXPECT_THAT(told_, ElementsAre(TargetsOutcome::Failed));
  EXPECT_EQ(token_of("Cae1", a_.url), "");
}

}  // namespace
}  // namespace saproxy::proxy
