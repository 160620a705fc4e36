// A Destination, a server on loopback in the clear, and a name server, on one loop.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "proxy/egress/destination.h"
#include "proxy/session/wolfssl_library.h"
#include "tests/policy/snapshot_builders.h"
#include "tests/proxy/dns_server.h"
#include "tests/proxy/loop_server.h"

namespace saproxy::proxy::testing {

using policy::PointOfAccess;
struct Told {
  std::optional<CallResult> result;
  std::string detail, body;
  int requests_made = 0;
};

inline policy::Config a_config() {
  policy::Config config;
  config.egress.emplace();
  config.egress->plain = true;
  config.egress->allow = {*policy::AddressRange::parse("127.0.0.1")};
  config.egress->ports = {{1, 65535}};
  config.egress->limits.dead_for = policy::Milliseconds(60'000);
  return config;
}

// One address, of IPv4, that nobody keeps.
inline DnsServer::Messages address_of(const DnsQuery& query, const char* address) {
  DnsReply reply(query);
  if (query.type == kTypeA) reply.address(address, 0);
  return {reply.bytes()};
}

class DestinationTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(initialise_wolfssl()); }
  DestinationTest() : log_(policy::LogSettings{}, {.write = [](std::string_view) {}, .unix_milliseconds = {}}) {
    uv_loop_init(&loop_);
    dns_ = std::make_unique<DnsServer>(&loop_);
    server_ = std::make_unique<LoopServer>(&loop_);
    room_ = std::make_unique<LinkRoom>(&loop_);
    NameResolver::Settings names;
    names.dns.servers = dns_->address();
    names.cache.min_ttl = std::chrono::milliseconds(0);
    names_ = std::make_unique<NameResolver>(&loop_, names);
    services_ = std::make_unique<EgressServices>(EgressServices{{}, *room_, *names_, counters_, log_});
    configure(a_config());
    static_cast<void>(guard_.open(this, [this](uv_timer_t* timer) { return uv_timer_init(&loop_, timer); }));
  }
  ~DestinationTest() override {
    all_.clear();
    names_.reset();
    server_.reset();
    dns_.reset();
    guard_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
    EXPECT_EQ(counters_.waiting.value(), 0u);
    EXPECT_EQ(counters_.sessions.value(), 0u);
    EXPECT_EQ(services_->places, 0u);
  }

  void configure(policy::Config config) {
    services_->snapshot = policy::Snapshot::make(std::move(config), 1);
    services_->to_registrees = *dialling_to_registrees(*services_->snapshot);
    services_->rules = std::make_shared<const policy::EgressRules>(*services_->snapshot->config().egress,
                                                                   std::vector<policy::OwnAddress>{});
  }
  [[nodiscard]] std::string here() const { return "http://127.0.0.1:" + std::to_string(server_->port); }
  [[nodiscard]] std::string there(const std::string& host) const {
    return "http://" + host + ":" + std::to_string(server_->port);
  }
  Destination& destination(const std::vector<std::string>& points) {
    FarEndAddress address{"Cae", "Cae", *identity::CredentialId::parse("12-ae@sp.example.com"), {}, true};
    for (const std::string& point : points) address.points.push_back(*PointOfAccess::parse(point));
    all_.push_back(std::make_unique<Destination>(*services_, address, services_->to_registrees));
    return *all_.back();
  }
  Destination& destination() { return destination({here()}); }

  struct Asked {
    std::shared_ptr<Told> told;
    std::optional<Destination::Ticket> ticket;
  };
  Asked ask(Destination& whom, LoopTime within = 10'000, std::function<void()> then = {}, const char* method = "GET") {
    auto told = std::make_shared<Told>();
    uv_update_time(&loop_);
    EgressCall call;
    call.deadline = uv_now(&loop_) + within;
    call.budget = budget_;
    call.request_for = [told, method](const PointOfAccess& point) {
      ++told->requests_made;
      return std::string(method) + " / HTTP/1.1\r\nHost: " + point.authority() + "\r\n\r\n";
    };
    call.done = [told, then](const CallOutcome& outcome) {
      EXPECT_FALSE(told->result) << "told twice";
      told->result = outcome.result;
      told->detail = outcome.detail;
      told->body = outcome.body;
      if (then) then();
    };
    const auto ticket = whom.submit(std::move(call));
    EXPECT_FALSE(told->result) << "told from inside submit()";
    return {told, ticket};
  }
  // Looks now and then, as the egress does.
  void run_until(const std::function<bool()>& condition) {
    bool late = false;
    uv_timer_start(
        guard_.get(), [](uv_timer_t*) {}, 10, 10);
    const auto end = uv_hrtime() + 20'000'000'000ULL;
    while (!condition() && !late) {
      uv_run(&loop_, UV_RUN_ONCE);
      for (const auto& one : all_) one->look(uv_now(&loop_));
      late = uv_hrtime() > end;
    }
    uv_timer_stop(guard_.get());
    EXPECT_FALSE(late) << "it never came";
  }
  void run_until_told(const Asked& asked) {
    run_until([&] { return asked.told->result.has_value(); });
  }
  void turn() { uv_run(&loop_, UV_RUN_NOWAIT); }

  LoopTime budget_ = 9'000;  // of each call
  uv_loop_t loop_{};
  EgressCounters counters_;
  Log log_;
  std::unique_ptr<DnsServer> dns_;
  std::unique_ptr<LoopServer> server_;
  std::unique_ptr<LinkRoom> room_;
  std::unique_ptr<NameResolver> names_;
  std::unique_ptr<EgressServices> services_;
  std::vector<std::unique_ptr<Destination>> all_;
  UvHandle<uv_timer_t> guard_;
};

}  // namespace saproxy::proxy::testing
