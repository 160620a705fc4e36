#include "policy/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/snapshot_builders.h"

namespace saproxy::policy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string explained(ExplainRequest request, const ListenerSettings& listener = a_listener()) {
  return explain(*Snapshot::make(some_config(), 1), listener, request, {}, kNow);
}
ExplainRequest create_ae(std::string credential_id, std::optional<std::string> from) {
  return {.credential_id = std::move(credential_id),
          .from = std::move(from),
          .operation = Operation::Create,
          .resource_type = kTypeAe,
          .result_content = {},
          .request_expiration = {},
          .to = "/cse-in",
          .content_id = {},
          .app_id = {}};
}

TEST(Explain, TellsTheWholeStoryOfAForward) {
  EXPECT_EQ(
      explained(create_ae("12-ae1@sp.example.com", std::nullopt)),
      "listener     main\n"
      "credential   12-ae1@sp.example.com (pre-shared key (KpsaID))\n"
      "identity     AE C1\n"
      "source       configured, policy.toml:7\n"
      "request      create ty=2 without From To=/cse-in\n"
      "decision     forward\n"
      "rule         TS-0001 10.2.2.2: the association has one AE-ID; its stem stands in for \"C\", \"S\" or no From\n"
      "From at CSE  C1\n"
      "registers    C1, once the CSE has created it\n");
}

TEST(Explain, TellsTheWholeStoryOfARefusal) {
  EXPECT_EQ(explained(create_ae("12-ae1@sp.example.com", "C2")),
            "listener     main\n"
            "credential   12-ae1@sp.example.com (pre-shared key (KpsaID))\n"
            "identity     AE C1\n"
            "source       configured, policy.toml:7\n"
            "request      create ty=2 From=C2 To=/cse-in\n"
            "decision     refuse\n"
            "response     4106 ORIGINATOR_NOT_AUTHENTICATED, HTTP 403\n"
            "reason       originator_not_allowed\n"
            "rule         TS-0004 7.3.2.1 rule 3\n"
            "told         originator does not match the security association\n");
}

TEST(Explain, CountsTheRegistrationsThatThereMayBe) {
  Config config = some_config();
  config.registry.max_registrations_per_credential = 1;
  Registry registry;
  Registration one;
  one.entity_id = "C7a";
  one.credential_id = "34-urn:node7";
  registry.put(one);
  const auto snapshot = Snapshot::make(config, 1);
  const auto explained = [&](const char* from) {
    return explain(*snapshot, a_listener(), create_ae("34-urn:node7", from), registry, kNow);
  };
  EXPECT_THAT(explained("C7b"), HasSubstr("reason       too_many_of_credential\n"));
  EXPECT_THAT(explained("C7a"), HasSubstr("registers    C7a")) << "it is none more";
}

TEST(Explain, TakesIdentitiesFromTheValueOfACertificate) {
  EXPECT_THAT(explained(create_ae("33-//sp.example.com/cse-in/Ccert", "Ccert")),
              HasSubstr("identity     AE Ccert\nsource       certificate\n"));
  for (const char* id : {"32-//sp.example.com/cse3", "32-/cse3", "32-mn3.example.com"}) {
    EXPECT_THAT(explained(create_ae(id, "/cse3")), HasSubstr("identity     CSE /cse3\n")) << id;
  }
  EXPECT_THAT(explained(create_ae("32-//other.example.org/cse3", "/cse3")), HasSubstr("none (unknown)"));
  EXPECT_THAT(explained(create_ae("33-//other.example.org/cse-in/C1", "C1")),
              HasSubstr("none (other_service_provider)"));
}

TEST(Explain, ExplainsListsAndRawKeys) {
  EXPECT_THAT(explained(create_ae("34-urn:node7", "C")), HasSubstr("identity     AE C7*, S7\n"));
  EXPECT_THAT(explained(create_ae(raw_key_credential_id(), "S9")), HasSubstr("From at CSE  S9\n"));
}

TEST(Explain, SaysWhenTheHandshakeWouldFail) {
  EXPECT_THAT(explained(create_ae("12-nobody@sp.example.com", "C1")), HasSubstr("no [[psk]] has this identity"));
  EXPECT_THAT(explained(create_ae("12-new@sp.example.com", "C1")),
              HasSubstr("none (unknown): the handshake is refused"));
  EXPECT_THAT(explained(create_ae("30-sha-256;AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "C1")),
              HasSubstr("not trusted"));
  EXPECT_THAT(explained(create_ae("11-abc@maf.example.com", "C1")), HasSubstr("no handshake of this version"));
  ListenerSettings without_psk = a_listener();
  without_psk.psk = false;
  EXPECT_THAT(explained(create_ae("12-ae1@sp.example.com", "C1"), without_psk),
              HasSubstr("does not take this kind of credential"));
}

TEST(Explain, SaysWhatAStrangerMayDo) {
  const auto listener = a_listener(ListenerSettings::NoIdentity::RegisterOnly);
  const std::string text = explained(create_ae("12-new@sp.example.com", std::nullopt), listener);
  EXPECT_THAT(text,
              HasSubstr("identity     none yet: may register an AE and nothing else\nsource       own_assignment\n"));
  EXPECT_THAT(text, HasSubstr("From at CSE  none\n"));
}

TEST(Explain, PrintsNothingThatATerminalWouldObey) {
  for (const char* text : {"12-\x1B[31m", "99-x", "", "no-dash"}) {
    EXPECT_THAT(explained(create_ae(text, "C1")), Not(HasSubstr("\x1B")));
    EXPECT_THAT(explained(create_ae(text, "C1")), Not(HasSubstr("decision")));
  }
  const std::string out = explained(create_ae("12-ae1@sp.example.com", "C1\x1B[31m\n"));
  EXPECT_THAT(out, Not(HasSubstr("\x1B")));
  EXPECT_THAT(out, HasSubstr("bad_originator_syntax"));
}

TEST(Operation, IsReadAsItIsWritten) {
  using enum Operation;
  for (const auto operation : {Create, Retrieve, Update, Operation::Delete, Notify}) {
    EXPECT_EQ(parse_operation(to_text(operation)), operation);
  }
  EXPECT_EQ(parse_operation("CREATE"), std::nullopt);
  EXPECT_EQ(parse_operation(""), std::nullopt);
}

}  // namespace
}  // namespace saproxy::policy::testing
