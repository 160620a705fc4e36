// OCSP over HTTP, against real sockets. Spec: RFC 6960 A.1
#include "proxy/client/ocsp_http.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "proxy/client/own_addresses.h"
#include "proxy/loop/socket.h"

namespace saproxy::proxy {
namespace {

using identity::Bytes;
using identity::ErrorCode;
using ::testing::HasSubstr;

TEST(OcspHttpRequest, IsWhatTheRfcSays) {
  const policy::ResponderUrl url{"ocsp.example.com", 8888, "/status?x"};
  EXPECT_EQ(ocsp_http_request(url, identity::as_bytes("DER")),
            "POST /status?x HTTP/1.1\r\nHost: ocsp.example.com:8888\r\nContent-Type: application/ocsp-request\r\n"
            "Accept: application/ocsp-response\r\nConnection: close\r\nContent-Length: 3\r\n\r\nDER");
}

// Takes one connection, reads until it has seen "DER", writes `answer`, ends.
class OcspHttp : public ::testing::Test {
 protected:
  struct Told {
    bool answered = false;
    std::string body;
    ErrorCode error = ErrorCode::IsFolder;
    std::string detail;
  };
  void SetUp() override { uv_loop_init(&loop_); }
  void TearDown() override {
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
  }
  Told ask(const std::string& answer, std::string host = "127.0.0.1") {
    policy::Endpoint endpoint;
    endpoint.host = "127.0.0.1";
    Socket listening = std::move(listen_tcp(endpoint, 1, 4)->front());
    fcntl(listening.fd(), F_SETFL, fcntl(listening.fd(), F_GETFL) & ~O_NONBLOCK);
    std::thread server([&] {
      const Socket client(::accept(listening.fd(), nullptr, nullptr));
      char part[4096];
      std::string got;
      while (got.find("DER") == std::string::npos) {
        const auto size = ::recv(client.fd(), part, sizeof part, 0);
        if (size <= 0) return;
        got.append(part, static_cast<std::size_t>(size));
      }
      static_cast<void>(::send(client.fd(), answer.data(), answer.size(), MSG_NOSIGNAL));
    });
    const Told told = ask_at({std::move(host), endpoint.port, "/"});
    ::shutdown(listening.fd(), SHUT_RDWR);
    server.join();
    return told;
  }
  Told ask_at(const policy::ResponderUrl& url) {
    Told told;
    bool done = false;
    LinkRoom room(&loop_);
    NameResolver names(&loop_, {});
    auto transport = std::make_unique<HttpOcspTransport>(room, names, url, named_by_, policy::Milliseconds(20000));
    transport->ask({'D', 'E', 'R'}, [&](const identity::Result<identity::ByteView>& response) {
      done = true;
      if (response)
        told = {true, std::string(identity::as_text(*response)), ErrorCode::IsFolder, ""};
      else
        told = {false, "", response.error().code, response.error().detail};
      transport.reset();  // as its owner does
    });
    EXPECT_FALSE(done) << "told from inside ask()";
    while (!done) uv_run(&loop_, UV_RUN_ONCE);
    return told;
  }
  uv_loop_t loop_{};
  OcspNamedBy named_by_ = OcspNamedBy::Configuration;
};

constexpr const char* kType = "Content-Type: application/ocsp-response\r\n";
std::string answer_of(const std::string& status, const std::string& lines, const std::string& body) {
  return "HTTP/1.0 " + status + "\r\n" + lines + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_F(OcspHttp, AnAnswerComesBack) {
  const Told told = ask(answer_of("200 OK", kType, "response"));
  EXPECT_TRUE(told.answered) << told.detail;
  EXPECT_EQ(told.body, "response");
}

TEST_F(OcspHttp, NamesAreLookedUp) {
  EXPECT_TRUE(ask(answer_of("200 OK", kType, "x"), "localhost").answered);
  const Told told = ask_at({"no-such-host.invalid", 80, "/"});
  EXPECT_EQ(told.error, ErrorCode::NotFound) << told.detail;
}

TEST_F(OcspHttp, AResolverThatIsLeftIsNotWaitedFor) {
  LinkRoom room(&loop_);
  NameResolver names(&loop_, {});
  HttpOcspTransport transport(room, names, {"no-such-host.invalid", 80, "/"}, named_by_, policy::Milliseconds(20000));
  transport.ask({1}, [](const auto&) { FAIL(); });
}

// Another name of this machine: the system's resolver knows it.
TEST_F(OcspHttp, ANameThatLeadsHereIsAskedOnlyIfTheConfigurationSaysSo) {
  named_by_ = OcspNamedBy::Certificate;
  for (const char* here : {"ip6-localhost", "localhost.localdomain"}) {
    const Told told = ask_at({here, 1, "/"});
    if (told.error == ErrorCode::NotFound) continue;  // not a name of this machine
    EXPECT_EQ(told.error, ErrorCode::NotPermitted) << here << ": " << told.detail;
  }
}

TEST_F(OcspHttp, NoWayLeadsACertificateToThisMachine) {
  named_by_ = OcspNamedBy::Certificate;
  std::vector<std::string> ways = {"127.0.0.1",
                                   "127.9.9.9",
                                   "0.0.0.0",
                                   "0.0.0.1",
                                   "::1",
                                   "::",
                                   "::ffff:0.0.0.0",
                                   "::ffff:127.0.0.1",
                                   "64:ff9b::7f00:1",
                                   "2002:7f00:1::1",
                                   "169.254.169.254",
                                   "localhost",
                                   "2a00::5efe:7f00:1"};
  const auto own = own_addresses();
  ASSERT_TRUE(own);
  EXPECT_THAT(*own,
              ::testing::Contains(::testing::Field(&policy::OwnAddress::address, *IpAddress::parse("127.0.0.1"))));
  for (const policy::OwnAddress& one : *own) ways.push_back(one.address.text());
  for (const std::string& way : ways) {
    const Told told = ask_at({way, 1, "/"});
    EXPECT_EQ(told.error, ErrorCode::NotPermitted) << way << ": " << told.detail;
  }
}

TEST_F(OcspHttp, WhatIsNoAnswerFails) {
  const std::string body(70000, 'x');
  EXPECT_EQ(ask(answer_of("302 Found", std::string(kType) + "Location: http://127.0.0.1/\r\n", "x")).error,
            ErrorCode::Unsupported);
  EXPECT_EQ(ask(answer_of("500 Oops", kType, "x")).error, ErrorCode::Unsupported);
  EXPECT_EQ(ask(answer_of("200 OK", "Content-Type: text/html\r\n", "x")).error, ErrorCode::Unsupported);
  EXPECT_EQ(ask(answer_of("200 OK", "", "x")).error, ErrorCode::Unsupported);
  EXPECT_EQ(ask(answer_of("200 OK", kType, body)).error, ErrorCode::BadSyntax);
  EXPECT_EQ(ask("SSH-2.0-x\r\n").error, ErrorCode::BadSyntax);
  EXPECT_EQ(ask("").error, ErrorCode::Failed);
}

TEST_F(OcspHttp, NobodyThereFails) {
  policy::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  { const auto gone = listen_tcp(endpoint, 1, 4); }
  EXPECT_EQ(ask_at({"127.0.0.1", endpoint.port, "/"}).error, ErrorCode::Failed);
}

}  // namespace
}  // namespace saproxy::proxy
