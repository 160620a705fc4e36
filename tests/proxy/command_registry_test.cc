// saproxy registry list, show and forget: over the command line, with and without an owner of the store beside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "../support/registrations.h"
#include "../support/temporary_folder.h"
#include "proxy/admin/server.h"
#include "proxy/command_line.h"
#include "proxy/registry_text.h"

namespace saproxy::proxy {
namespace {

using policy::Registration;
using support::a_cse;
using support::an_ae;
using support::content_of;
using support::open_store;
using support::put;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// A saproxy as far as `forget` sees it: an admin listener on a thread of its own that erases from the store it owns.
class Owner {
 public:
  Owner(policy::Endpoint& endpoint, const std::string& store_path) : store_(open_store(store_path)) {
    EXPECT_EQ(uv_loop_init(&loop_), 0);
    uv_async_init(&loop_, &stop_, [](uv_async_t* async) { static_cast<Owner*>(async->data)->end(); });
    stop_.data = this;
    AdminCallbacks callbacks;
    callbacks.forget = [this](const std::string& entity_id) { return forget(entity_id); };
    callbacks.ask_egress = [this](SlotRef asker, const std::string& entity_id) {
      asker_ = asker;
      told_ = entity_id.empty() ? far_end_lines(std::span(&state_, 1)) : far_end_details(state_);
      uv_async_send(&tell_);
      return std::string();
    };
    uv_async_init(&loop_, &tell_, [](uv_async_t* async) {
      auto* owner = static_cast<Owner*>(async->data);
      owner->server_->answer(owner->asker_, owner->told_);
    });
    tell_.data = this;
    server_ = std::make_unique<AdminServer>(&loop_, std::move(callbacks));
    const bool is_unix = endpoint.is_unix();
    auto socket = is_unix ? listen_unix(endpoint.unix_path, 4) : first(listen_tcp(endpoint, 1, 4));
    EXPECT_TRUE(socket && server_->listen(std::move(*socket), is_unix));
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  ~Owner() {
    uv_async_send(&stop_);
    thread_.join();
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }

 private:
  static identity::Result<Socket> first(identity::Result<std::vector<Socket>> sockets) {
    return std::move(sockets->front());
  }
  Forgotten forget(const std::string& entity_id) {
    for (const Registration& registration : content_of(*store_)) {
      if (registration.entity_id != entity_id) continue;
      return support::commit(*store_, {support::erase(entity_id)}) ? Forgotten::Done : Forgotten::Failed;
    }
    return Forgotten::NotFound;
  }
  void end() {
    server_.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&stop_), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&tell_), nullptr);
  }
  static FarEndState established() {
    FarEndState state;
    state.name = "Cae1";
    state.phase = FarEndState::Phase::Established;
    state.since = 1'795'000'000;
    state.association = "7-e-1";
    state.registered_over = "7-0-3";
    state.version = "TLSv1.2";
    state.suite = "ECDHE-ECDSA-AES128-SHA256";
    state.point_of_access = "ae1.example.com:8443";
    state.requests = 5;
    state.last_failure = "10.0.0.1:8443: \x1b no connection in time";
    state.last_failure_at = 1'795'000'000;
    return state;
  }

  std::unique_ptr<RegistryStore> store_;
  uv_loop_t loop_{};
  uv_async_t stop_{}, tell_{};
  std::unique_ptr<AdminServer> server_;
  std::thread thread_;
  const FarEndState state_ = established();
  SlotRef asker_;
  std::string told_;
};

class RegistryCommand : public ::testing::Test {
 protected:
  void configure(const std::string& more) {
    std::ofstream(config_) << "secrets_in_file = true\n"
                              "[cse]\nid = \"/cse1\"\nsp = \"//sp.example.com\"\naddress = \"http://127.0.0.1:8080\"\n"
                              "[[listener]]\nname = \"https\"\naddress = \"0.0.0.0:8443\"\nframeworks = [\"psk\"]\n"
                              "[[psk]]\nidentity = \"ae1@sp.example.com\"\nae = \"Cae1\"\n"
                              "key = \"hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"\n"
                           << more;
    std::filesystem::permissions(config_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  void with_store(const std::vector<Registration>& registrations) {
    configure("[registry]\nfile = \"registry.db\"\n");
    const auto store = open_store(path_);
    for (const Registration& registration : registrations) support::commit(*store, {put(registration)});
  }
  int call(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    std::vector<std::string> all{"registry"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--config", config_});
    return run_command_line(
        all, [](const RunOptions&) { return 7; }, out_, err_);
  }

  support::TemporaryFolder folder_;
  std::string config_ = folder_.file("saproxy.toml"), path_ = folder_.file("registry.db");
  std::ostringstream out_, err_;
};

Registration short_lived() {
  Registration registration = an_ae("Cae1");
  registration.credential_id = "12-ae1@sp.example.com";
  registration.points_of_access = {"http://a"};
  return registration;
}

TEST_F(RegistryCommand, ListsATable) {
  Registration many = an_ae("Cmany");
  many.points_of_access = {"http://b", "http://c", "http://d"};
  many.expires = 0;
  with_store({short_lived(), many, a_cse("/cse2")});
  ASSERT_EQ(call({"list"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "ID     CREDENTIAL-ID            SAEF         EXPIRES               POINTS OF ACCESS\n"
            "/cse2  32-/cse2.sp.example.com  certificate  never                 none\n"
            "Cae1   12-ae1@sp.example.com    psk          2033-05-18T03:33:20Z  http://a\n"
            "Cmany  12-Cmany@sp.example.com  psk          never                 http://b and 2 more\n");
}

TEST_F(RegistryCommand, ListsJsonWithEveryField) {
  Registration quoted = short_lived();
  quoted.points_of_access = {"http://a/\"q\"", "\xc3\xa9\\\xf0\x9f\x98\x80"};
  quoted.request_reachable = false;
  Registration cse = a_cse("/cse2");
  cse.descendant_cses = {"/mn3"};
  with_store({quoted, cse});
  ASSERT_EQ(call({"list", "--json"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "{\"entity_id\":\"/cse2\",\"kind\":\"cse\",\"credential_id\":\"32-/cse2.sp.example.com\",\"saef\":"
            "\"certificate\",\"app_id\":\"\",\"resource_id\":\"\",\"resource_path\":\"\",\"points_of_access\":[],"
            "\"descendant_cses\":[\"/mn3\"],\"request_reachable\":false,"
            "\"expires\":0,\"registered\":0}\n"
            "{\"entity_id\":\"Cae1\",\"kind\":\"ae\",\"credential_id\":\"12-ae1@sp.example.com\",\"saef\":\"psk\","
            "\"app_id\":\"Nsensor\",\"resource_id\":\"rCae1\",\"resource_path\":\"\",\"points_of_access\":[\"http://a/"
            "\\\"q\\\"\","
            "\"\\u00E9\\\\\\uD83D\\uDE00\"],\"descendant_cses\":[],\"request_reachable\":false,\"expires\":"
            "2000000000,\"registered\":1795000000}\n");
}

TEST_F(RegistryCommand, ListsAnEmptyStore) {
  with_store({});
  EXPECT_EQ(call({"list"}), 0);
  EXPECT_THAT(out_.str(), StartsWith("ID  CREDENTIAL-ID"));
  EXPECT_EQ(call({"list", "--json"}), 0);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(RegistryCommand, ShowsAllOfOne) {
  Registration registration = short_lived();
  registration.resource_id = "";
  registration.points_of_access = {"http://a", "http://b"};
  with_store({registration});
  ASSERT_EQ(call({"show", "Cae1"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "ID                Cae1\n"
            "kind              ae\n"
            "Credential-ID     12-ae1@sp.example.com\n"
            "SAEF              psk\n"
            "App-ID            Nsensor\n"
            "resource ID       -\n"
            "resource path     -\n"
            "reachable         yes\n"
            "registered        2026-11-18T11:06:40Z\n"
            "expires           2033-05-18T03:33:20Z\n"
            "point of access   http://a\n"
            "point of access   http://b\n");
}

TEST_F(RegistryCommand, ListsWhileAnotherOwnsTheStore) {
  with_store({short_lived()});
  const auto owner = open_store(path_);
  EXPECT_EQ(call({"list"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("Cae1"));
}

TEST_F(RegistryCommand, ForgetsInAStoreThatNobodyOwns) {
  with_store({short_lived(), a_cse("/cse2")});
  ASSERT_EQ(call({"forget", "/cse2"}), 0) << err_.str();
  EXPECT_EQ(out_.str(), "forgot /cse2\n");
  EXPECT_THAT(content_of(*open_store(path_)), ::testing::ElementsAre(short_lived()));
  EXPECT_EQ(call({"forget", "/cse2"}), 1);
  EXPECT_EQ(err_.str(), "/cse2 is not registered\n");
}

class ForgetOverAdmin : public RegistryCommand, public ::testing::WithParamInterface<bool> {};
TEST_P(ForgetOverAdmin, AsksTheOwner) {
  with_store({short_lived(), a_cse("/cse2")});
  policy::Endpoint endpoint;
  if (GetParam())
    endpoint.unix_path = folder_.file("admin.sock");
  else
    endpoint.host = "127.0.0.1";
  const Owner owner(endpoint, path_);
  configure("[registry]\nfile = \"registry.db\"\n[admin]\naddress = \"" + endpoint.text() + "\"\n");
  ASSERT_EQ(call({"forget", "/cse2"}), 0) << err_.str();
  EXPECT_EQ(out_.str(), "forgot /cse2\n");
  EXPECT_EQ(call({"forget", "/cse2"}), 1);
  EXPECT_EQ(err_.str(), "saproxy at " + endpoint.text() + " answers 404: /cse2 is not registered\n");
  EXPECT_EQ(call({"list"}), 0);
  EXPECT_THAT(out_.str(), Not(HasSubstr("/cse2")));
}
INSTANTIATE_TEST_SUITE_P(RegistryCommand, ForgetOverAdmin, ::testing::Bool(),
                         [](const auto& row) { return std::string(row.param ? "UnixSocket" : "Tcp"); });

constexpr const char* kEgress =
    "[egress]\nlisten = \"127.0.0.1:7001\"\n"
    "[registry]\nfile = \"registry.db\"\n[admin]\naddress = \"";

TEST_F(RegistryCommand, ShowsTheAssociationThatTheOwnerHasBegun) {
  with_store({short_lived(), a_cse("/cse2")});
  policy::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  const Owner owner(endpoint, path_);
  configure(kEgress + endpoint.text() + "\"\n");
  ASSERT_EQ(call({"show", "Cae1"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), ::testing::EndsWith("point of access   http://a\n"
                                              "SA2               established since 2026-11-18T11:06:40Z\n"
                                              "TLS               TLSv1.2 ECDHE-ECDSA-AES128-SHA256\n"
                                              "SA2 to            ae1.example.com:8443\n"
                                              "association       7-e-1\n"
                                              "registered over   7-0-3\n"
                                              "requests sent     5\n"
                                              "requests waiting  0\n"
                                              "last failure      2026-11-18T11:06:40Z: 10.0.0.1:8443: \\x1B no "
                                              "connection in time\n"));
  ASSERT_EQ(call({"list"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "ID     CREDENTIAL-ID            SAEF         EXPIRES               SA2          POINTS OF ACCESS\n"
            "/cse2  32-/cse2.sp.example.com  certificate  never                 none         none\n"
            "Cae1   12-ae1@sp.example.com    psk          2033-05-18T03:33:20Z  established  http://a\n");
  ASSERT_EQ(call({"list", "--json"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("\"sa2\":\"established\""));
}

TEST_F(RegistryCommand, SaysWhyItDoesNotShowAssociations) {
  with_store({short_lived()});
  configure(kEgress + std::string("unix:") + folder_.file("none.sock") + "\"\n");
  ASSERT_EQ(call({"show", "Cae1"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("SA2               unknown: saproxy at unix:"));
  ASSERT_EQ(call({"list"}), 0);
  EXPECT_THAT(out_.str(), Not(HasSubstr("SA2")));
  EXPECT_THAT(err_.str(), StartsWith("SA2 is not shown: saproxy at unix:"));
}

TEST_F(RegistryCommand, SaysWhenTheOwnerCannotBeAsked) {
  with_store({short_lived()});
  const auto owner = open_store(path_);
  EXPECT_EQ(call({"forget", "Cae1"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("[admin] names no address"));
  configure("[registry]\nfile = \"registry.db\"\n[admin]\naddress = \"unix:" + folder_.file("none.sock") + "\"\n");
  EXPECT_EQ(call({"forget", "Cae1"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("cannot be asked: cannot connect to unix:"));
  EXPECT_EQ(content_of(*owner).size(), 1u);
}

TEST_F(RegistryCommand, SaysWhenSomethingElseListensThere) {
  with_store({short_lived()});
  const auto owner = open_store(path_);
  policy::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  auto sockets = listen_tcp(endpoint, 1, 4);
  ASSERT_TRUE(sockets);
  std::thread other([fd = sockets->front().fd()] {
    pollfd waiting{fd, POLLIN, 0};
    ::poll(&waiting, 1, -1);
    const Socket client(::accept(fd, nullptr, nullptr));
    std::string request(4096, '\0');
    static_cast<void>(!::recv(client.fd(), request.data(), request.size(), 0));
    static_cast<void>(!::send(client.fd(), "220 mail\r\n", 10, MSG_NOSIGNAL));
  });
  configure("[registry]\nfile = \"registry.db\"\n[admin]\naddress = \"" + endpoint.text() + "\"\n");
  EXPECT_EQ(call({"forget", "Cae1"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("cannot be asked: the answer is no HTTP"));
  other.join();
}

TEST_F(RegistryCommand, NeedsARegistryInTheConfiguration) {
  configure("");
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"list"}, {"show", "Cae1"}, {"forget", "Cae1"}}) {
    EXPECT_EQ(call(command), 1);
    EXPECT_EQ(err_.str(), config_ + ": names no file under [registry]: registrations live in memory only\n");
  }
}

TEST_F(RegistryCommand, MakesNoStore) {
  configure("[registry]\nfile = \"registry.db\"\n");
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"list"}, {"show", "Cae1"}, {"forget", "Cae1"}}) {
    EXPECT_EQ(call(command), 1);
    EXPECT_EQ(err_.str(), path_ + ": is not there; `saproxy run` makes it\n");
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(RegistryCommand, SaysWhenOneIsNotRegistered) {
  with_store({short_lived()});
  EXPECT_EQ(call({"show", "Cae2"}), 1);
  EXPECT_EQ(err_.str(), "Cae2 is not registered\n");
}

TEST_F(RegistryCommand, TakesOnlyIdentifiers) {
  with_store({});
  for (const char* command : {"show", "forget"}) {
    EXPECT_EQ(call({command, "admin:\x1b[31m"}), 2);
    EXPECT_EQ(err_.str(), "\"admin:\\x1B[31m\" is neither an AE-ID-Stem as in Cae1 nor a CSE-ID as in /cse2\n");
  }
}

TEST_F(RegistryCommand, ReportsADamagedStore) {
  with_store({});
  std::ofstream(path_) << std::string(5000, 'x');
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"list"}, {"show", "Cae1"}, {"forget", "Cae1"}}) {
    EXPECT_EQ(call(command), 1);
    EXPECT_THAT(err_.str(), HasSubstr("is no SQLite file"));
    EXPECT_THAT(out_.str(), IsEmpty());
  }
}

}  // namespace
}  // namespace saproxy::proxy
