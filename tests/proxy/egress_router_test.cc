// Where a request of the CSE goes, however it has written the target.
// Spec: TS-0004 7.3.2.6; TS-0009 6.2.2.1; facts of CSEs (what becomes of the path of a point of access)
#include "proxy/egress/router.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "proxy/session/wolfssl_library.h"
#include "tests/policy/snapshot_builders.h"
#include "tests/support/registrations.h"

namespace saproxy::proxy {
namespace {

const std::string kToken = "r" + std::string(25, 'a');
const std::string kOrigin = "http://127.0.0.1:7001";
const std::string kDoor = "http://127.0.0.1:7002";

// In front of "/mn" of sp.example.com, which registers at "/in"; "/mn2" and "Cae1" are registered with it.
class Router : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(initialise_wolfssl()); }
  Router() {
    uv_loop_init(&loop_);
    room_ = std::make_unique<LinkRoom>(&loop_);
    names_ = std::make_unique<NameResolver>(&loop_, NameResolver::Settings{});
    services_ = std::make_unique<EgressServices>(EgressServices{{}, *room_, *names_, counters_, log_});
    policy::Registration cse = support::a_cse("/mn2");
    cse.credential_id = "32-//sp.example.com/mn2";
    cse.route = kToken;
    cse.points_of_access = {"https://mn2.example.com:8443"};
    policy::Registration ae = support::an_ae("Cae1");
    ae.route = "r" + std::string(25, 'b');
    for (const auto& change : {support::put(cse), support::put(ae)}) registry_.apply(std::span(&change, 1));
    configure(true);
    router_ = std::make_unique<EgressRouter>(*services_, registry_);
  }
  ~Router() override {
    router_->close();
    router_.reset();
    services_.reset();
    names_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
  }

  void configure(bool with_registrar) {
    policy::Config config;
    config.cse.id = *identity::CseId::parse("/mn");
    config.cse.sp = *identity::SpId::parse("sp.example.com");
    config.egress.emplace();
    if (with_registrar) {
      config.registrar.emplace();
      config.registrar->address = *policy::PointOfAccess::parse("https://in.example.com:8443");
      config.registrar->cse_id = *identity::CseId::parse("/in");
      config.registrar->credential = credential_;
    }
    services_->snapshot = policy::Snapshot::make(std::move(config), 1);
    services_->to_registrees = *dialling_to_registrees(*services_->snapshot);
    services_->to_registrar = *dialling_to_registrar(*services_->snapshot);
    services_->translation = std::make_shared<const policy::AnswerTranslation>(
        policy::AnswerTranslation{*policy::LocalAddresses::make(kOrigin), {}, {}, {}});
    services_->registrar_door.reset();
    if (with_registrar) services_->registrar_door = *policy::LocalAddresses::make(kDoor);
  }

  // "whom path?query", "whom*" for a CSE, or "nobody".
  std::string route(EgressDoor door, const std::string& target) {
    const auto routed = router_->route(door, target);
    if (!routed) return "nobody";
    return routed->destination->address().name + (routed->to_cse ? "* " : " ") + routed->path +
           (routed->query.empty() ? "" : "?" + routed->query);
  }
  std::string from_cse(const std::string& target) { return route(EgressDoor::Registrees, target); }
  std::string up(const std::string& target) { return route(EgressDoor::Registrar, target); }

  decltype(policy::RegistrarSettings::credential) credential_ = policy::RegistrarSettings::Psk{"mn@sp.example.com"};
  uv_loop_t loop_{};
  EgressCounters counters_;
  Log log_{policy::LogSettings{}};
  SharedRegistry registry_;
  std::unique_ptr<LinkRoom> room_;
  std::unique_ptr<NameResolver> names_;
  std::unique_ptr<EgressServices> services_;
  std::unique_ptr<EgressRouter> router_;
};

TEST_F(Router, FindsRegistreesByTheirToken) {
  EXPECT_EQ(from_cse("/" + kToken), "/mn2* ");
  EXPECT_EQ(from_cse(kToken + "?a=1"), "/mn2* ?a=1") << "tinyIoT";
  EXPECT_EQ(from_cse("/" + kToken + "/~/mn2/cse/ae1?fo=1"), "/mn2* /~/mn2/cse/ae1?fo=1") << "ACME";
  EXPECT_EQ(from_cse("/" + kToken + "/cse/ae1"), "/mn2* /cse/ae1") << "Mobius4 leaves the CSE-ID out";
  EXPECT_EQ(from_cse("/" + kToken + "/~/mn5/x"), "/mn2* /~/mn5/x") << "what lies behind it";
  EXPECT_EQ(from_cse(kOrigin + "/r" + std::string(25, 'b')), "Cae1 ");
  EXPECT_EQ(from_cse("/r" + std::string(25, 'c')), "nobody");
}

TEST_F(Router, FindsRegistreeCsesByTheirIdWhereThePathIsLeftOut) {
  EXPECT_EQ(from_cse("/~/mn2/cse/ae1?fo=1.0"), "/mn2* /~/mn2/cse/ae1?fo=1.0");
  EXPECT_EQ(from_cse("/_/sp.example.com/mn2/cse"), "/mn2* /_/sp.example.com/mn2/cse");
  EXPECT_EQ(from_cse("/_//sp.example.com/mn2/cse"), "/mn2* /_/sp.example.com/mn2/cse") << "tinyIoT";
  EXPECT_EQ(from_cse("~/mn2/cse"), "/mn2* /~/mn2/cse");
}

TEST_F(Router, FindsDescendantsBehindTheirRegistree) {
  EXPECT_EQ(from_cse("/~/mn5/x?a"), "registrar* /~/mn5/x?a");
  policy::Registration cse = *registry_.find("/mn2");
  cse.descendant_cses = {"/mn5", "/mn9", "/in"};
  auto change = support::put(cse);
  registry_.apply(std::span(&change, 1));
  EXPECT_EQ(from_cse("/~/mn5/x?a"), "/mn2* /~/mn5/x?a");
  EXPECT_EQ(from_cse("/_/sp.example.com/mn5/x"), "/mn2* /_/sp.example.com/mn5/x");
  EXPECT_EQ(from_cse("/~/in/x"), "registrar* /~/in/x");
  cse = support::a_cse("/mn9");
  change = support::put(cse);
  registry_.apply(std::span(&change, 1));
  EXPECT_EQ(from_cse("/~/mn9/x"), "/mn9* /~/mn9/x") << "its own registration comes first";
}

TEST_F(Router, LeavesTheRestToTheRegistrar) {
  EXPECT_EQ(from_cse("/~/in/cse-in"), "registrar* /~/in/cse-in");
  EXPECT_EQ(from_cse("/~/mn7/x?a"), "registrar* /~/mn7/x?a");
  EXPECT_EQ(from_cse("/~/MN2/x"), "registrar* /~/MN2/x") << "identifiers have case";
  EXPECT_EQ(from_cse("/_/other.example.com/mn2/x"), "registrar* /_/other.example.com/mn2/x")
      << "of another service provider";
  configure(false);
  router_->configure();
  EXPECT_EQ(from_cse("/~/mn7/x"), "nobody");
  EXPECT_EQ(from_cse("/_/other.example.com/mn2/x"), "nobody");
}

TEST_F(Router, SendsNothingInACircle) {
  EXPECT_EQ(from_cse("/~/mn/cse"), "nobody");
  EXPECT_EQ(from_cse("/_/SP.example.com/mn/cse"), "nobody");
}

TEST_F(Router, DoesNotTakeAnAeForACse) {
  const auto change = support::put(support::an_ae("Cmn7"));
  registry_.apply(std::span(&change, 1));
  EXPECT_EQ(from_cse("/~/Cmn7/x"), "registrar* /~/Cmn7/x");
  EXPECT_EQ(from_cse("/cse-in/Cae1"), "nobody");
  EXPECT_EQ(from_cse("cse-in/ae1"), "nobody") << "tinyIoT verifies a subscription";
}

TEST_F(Router, TakesEverythingThatComesToTheRegistrarsDoor) {
  EXPECT_EQ(up("/cse-in"), "registrar* /cse-in");
  EXPECT_EQ(up("cse-in?rcn=4"), "registrar* /cse-in?rcn=4") << "without its slash";
  EXPECT_EQ(up(kDoor + "/~/in/x?a=1?b"), "registrar* /~/in/x?a=1?b") << "as to a proxy";
  EXPECT_EQ(up("/" + kToken + "/x"), "registrar* /" + kToken + "/x") << "no token counts here";
  EXPECT_EQ(up(""), "registrar* ");
  EXPECT_EQ(up("http://in.example.com/cse-in"), "nobody");
  EXPECT_EQ(up("/x#y"), "nobody");
  EXPECT_EQ(up("/x y"), "nobody");
}

// What is only about to connect counts: a burst must not go past the bound.
TEST_F(Router, CountsWhoIsUsedOrAboutToBe) {
  const auto call = [] {
    EgressCall made;
    made.request_for = [](const policy::PointOfAccess&) { return ""; };
    made.done = [](const CallOutcome&) {};
    made.deadline = 1;
    return made;
  };
  Destination& cse = *router_->route(EgressDoor::Registrees, "/" + kToken)->destination;
  Destination& ae = *router_->route(EgressDoor::Registrees, "/r" + std::string(25, 'b'))->destination;
  EXPECT_TRUE(router_->make_room(cse, 1));
  const auto ticket = cse.submit(call());
  ASSERT_TRUE(ticket);
  EXPECT_FALSE(router_->make_room(ae, 1));
  EXPECT_TRUE(router_->make_room(cse, 1)) << "it counts once";
  EXPECT_TRUE(router_->make_room(ae, 2));
  cse.withdraw(*ticket);
  EXPECT_TRUE(router_->make_room(ae, 1));
}

TEST_F(Router, FollowsARegistreeThatMovesAndNobodyElse) {
  Destination* before = router_->route(EgressDoor::Registrees, "/" + kToken)->destination;
  policy::Registration moved = *registry_.find("/mn2");
  moved.points_of_access = {"https://mn2.example.com:9443"};
  auto change = support::put(moved);
  registry_.apply(std::span(&change, 1));
  router_->look(services_->now());
  Destination* after = router_->route(EgressDoor::Registrees, "/" + kToken)->destination;
  EXPECT_EQ(after, before);
  EXPECT_EQ(after->address().points.front().port, 9443);
  moved.credential_id = "12-mn2@sp.example.com";
  change = support::put(moved);
  registry_.apply(std::span(&change, 1));
  router_->look(services_->now());
  EXPECT_EQ(router_->find("/mn2"), nullptr);
}

TEST_F(Router, ExpectsWhatTheRegistrarIsConfiguredToProve) {
  EXPECT_EQ(router_->route(EgressDoor::Registrar, "/x")->destination->address().credential_id.text(),
            "12-mn@sp.example.com");
  credential_ = policy::RegistrarSettings::Certificate{"cse"};
  configure(true);
  router_->configure();
  EXPECT_EQ(router_->route(EgressDoor::Registrar, "/x")->destination->address().credential_id.text(),
            "32-//sp.example.com/in");
  const std::string name = "sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk";
  credential_ = policy::RegistrarSettings::RawKey{"own", *identity::PublicKeyName::parse(name)};
  configure(true);
  router_->configure();
  EXPECT_EQ(router_->route(EgressDoor::Registrar, "/x")->destination->address().credential_id.text(), "30-" + name);
}

}  // namespace
}  // namespace saproxy::proxy
