// The registrar: durable, then visible, then told; ends that have come; what an operator wants forgotten.
// Spec: design invariant 9; TS-0001 9.6.4, 10.2.2
#include "proxy/registration/registrar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace saproxy::proxy {
namespace {

using policy::RegistryChange;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

RegistryChange put(const std::string& stem, std::int64_t expires = 0) {
  RegistryChange change;
  change.registration.entity_id = stem;
  change.registration.credential_id = "12-a@sp.example.com";
  change.registration.expires = expires;
  return change;
}

class RegistrarTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(uv_loop_init(&loop_), 0); }
  void TearDown() override {
    if (registrar_) registrar_->close();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }
  void open(const std::string& file) {
    registrar_ = std::make_unique<Registrar>([this](auto, const std::string& text) { lines_.push_back(text); });
    const auto opened = registrar_->open(&loop_, file);
    ASSERT_TRUE(opened) << opened.error().detail;
  }
  void record(const RegistryChange& change) {
    const auto always = [change](const auto&) { return std::optional(change); };
    registrar_->record(
        change.registration.entity_id, always, [this, id = change.registration.entity_id](bool recorded) {
          const bool visible = registrar_->registry().find(id).has_value();
          told_.push_back(id + (recorded ? visible ? " recorded" : " recorded and not seen" : " failed"));
        });
  }
  void run_until_told(std::size_t count) {
    while (told_.size() < count && uv_run(&loop_, UV_RUN_ONCE) != 0) {
    }
  }

  uv_loop_t loop_{};
  support::TemporaryFolder folder_;
  std::unique_ptr<Registrar> registrar_;
  std::vector<std::string> told_, lines_;
};

TEST_F(RegistrarTest, RecordsBeforeItSaysSo) {
  const std::string file = folder_.file("registry.db");
  open(file);
  for (const char* stem : {"C1", "C2", "C3"}) record(put(stem));
  run_until_told(3);
  EXPECT_THAT(told_, ElementsAre("C1 recorded", "C2 recorded", "C3 recorded"));
  registrar_->close();
  registrar_.reset();
  open(file);
  EXPECT_EQ(registrar_->registry().size(), 3u) << "another start finds them";
}

TEST_F(RegistrarTest, KeepsThemInMemoryWithoutAFile) {
  open("");
  record(put("C1"));
  run_until_told(1);
  EXPECT_THAT(told_, ElementsAre("C1 recorded"));
}

TEST_F(RegistrarTest, SaysSoWhenNothingCouldBeStored) {
  open(folder_.file("registry.db"));
  RegistryChange bad = put("C1");
  bad.registration.credential_id = "no Credential-ID";
  record(bad);
  record(put("C2"));
  run_until_told(2);
  EXPECT_THAT(told_, ElementsAre("C1 failed", "C2 recorded")) << "what came together is not refused together";
  EXPECT_GE(registrar_->failures(), 1u);
  ASSERT_FALSE(lines_.empty());
  EXPECT_THAT(lines_.back(), HasSubstr("cannot be stored"));
}

// An UPDATE whose answer comes late must not bring back what was deleted meanwhile.
TEST_F(RegistrarTest, JudgesEachChangeByWhatTheEarlierOnesHaveLeft) {
  open(folder_.file("registry.db"));
  std::vector<bool> present;
  const auto look = [&present](const auto& registration) -> std::optional<RegistryChange> {
    present.push_back(registration.has_value());
    return std::nullopt;
  };
  record(put("C1"));
  registrar_->record("C1", look, [this](bool done) { told_.push_back(done ? "looked" : "failed"); });
  RegistryChange erase = put("C1");
  erase.kind = RegistryChange::Kind::Erase;
  registrar_->record(
      "C1", [erase](const auto&) { return std::optional(erase); }, [](bool) {});
  registrar_->record("C1", look, [this](bool done) { told_.push_back(done ? "looked" : "failed"); });
  run_until_told(3);
  EXPECT_THAT(present, ElementsAre(true, false));
  EXPECT_THAT(told_, ElementsAre("C1 recorded", "looked", "looked"));
}

TEST_F(RegistrarTest, EndsWhatHasExpired) {
  open(folder_.file("registry.db"));
  record(put("C1", 100));
  record(put("C2", 200));
  run_until_told(2);
  registrar_->end_expired(99);
  EXPECT_EQ(registrar_->registry().size(), 2u);
  registrar_->end_expired(150);
  EXPECT_FALSE(registrar_->registry().find("C1"));
  EXPECT_TRUE(registrar_->registry().find("C2"));
}

// Spec: TS-0003 10.1.1.5: whoever else might come, the certificate names that AE-ID.
TEST_F(RegistrarTest, KeepsTheAeIdOfACertificateUntilItIsForgotten) {
  const std::string file = folder_.file("registry.db");
  open(file);
  RegistryChange change = put("C1", 100);
  change.registration.credential_id = "33-//sp.example.com/cse1/C1";
  record(change);
  run_until_told(1);
  registrar_->end_expired(100);
  EXPECT_FALSE(registrar_->registry().find("C1"));
  registrar_->close();
  registrar_.reset();
  open(file);
  EXPECT_FALSE(registrar_->registry().find("C1"));
  EXPECT_TRUE(registrar_->registry().is_reserved_for_other("C1", "12-a@sp.example.com")) << "another start knows it";
  EXPECT_FALSE(registrar_->registry().is_reserved_for_other("C1", change.registration.credential_id));
  EXPECT_EQ(registrar_->forget("C1"), Forgotten::Done);
  EXPECT_EQ(registrar_->forget("C1"), Forgotten::NotFound);
  EXPECT_FALSE(registrar_->registry().is_reserved("C1"));
}

TEST_F(RegistrarTest, DropsWhatIsStillAsItWasSeen) {
  const std::string file = folder_.file("registry.db");
  open(file);
  for (const char* stem : {"C1", "C2"}) record(put(stem));
  run_until_told(2);
  const std::vector<policy::Drop> drops = {{"C1", registrar_->registry().seen("C1")->revision},
                                           {"C2", registrar_->registry().seen("C2")->revision},
                                           {"C3", 7}};
  record(put("C2"));
  run_until_told(3);
  EXPECT_THAT(registrar_->drop(drops).ids, ElementsAre("C1"));
  EXPECT_FALSE(registrar_->registry().find("C1"));
  EXPECT_TRUE(registrar_->registry().find("C2")) << "it was registered anew meanwhile";
  EXPECT_THAT(registrar_->drop(drops).ids, ::testing::IsEmpty());
}

// Spec: TS-0003 10.1.1.5
TEST_F(RegistrarTest, KeepsTheAeIdOfACertificateThatIsDropped) {
  open(folder_.file("registry.db"));
  RegistryChange change = put("C1");
  change.registration.credential_id = "33-//sp.example.com/cse1/C1";
  record(change);
  run_until_told(1);
  const std::vector<policy::Drop> drops = {{"C1", registrar_->registry().seen("C1")->revision}};
  EXPECT_THAT(registrar_->drop(drops).ids, ElementsAre("C1"));
  EXPECT_FALSE(registrar_->registry().find("C1"));
  EXPECT_THAT(registrar_->registry().list().ids, ::testing::IsEmpty()) << "there is nothing to ask the CSE for";
  EXPECT_TRUE(registrar_->registry().is_reserved_for_other("C1", "12-a@sp.example.com"));
}

TEST_F(RegistrarTest, ForgetsOnDemand) {
  open(folder_.file("registry.db"));
  record(put("C1"));
  run_until_told(1);
  EXPECT_EQ(registrar_->forget("C2"), Forgotten::NotFound);
  EXPECT_EQ(registrar_->forget("C1"), Forgotten::Done);
  EXPECT_EQ(registrar_->forget("C1"), Forgotten::NotFound);
}

}  // namespace
}  // namespace saproxy::proxy
