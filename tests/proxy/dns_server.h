// A DNS server for tests: one loopback port over UDP and TCP, on the loop of the test. A script says what it sends.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/client/name_resolver.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy::testing {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeAaaa = 28;

inline std::string two_bytes(std::size_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }

struct DnsQuery {
  std::string bytes;  // the whole message
  std::string name;   // "a.example"
  std::uint16_t type = 0;
  bool tcp = false;

  DnsQuery(std::string message, bool over_tcp) : bytes(std::move(message)), tcp(over_tcp) {
    std::size_t at = 12;
    while (bytes.at(at) != 0) {
      const auto size = static_cast<std::size_t>(bytes[at]);
      name += (name.empty() ? "" : ".") + bytes.substr(at + 1, size);
      at += size + 1;
    }
    question_end = at + 5;
    type = static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes.at(at + 1)) << 8 |
                                      static_cast<std::uint8_t>(bytes.at(at + 2)));
  }
  std::size_t question_end = 0;
};

// An answer to a query, to be filled and then spoilt at will.
class DnsReply {
 public:
  explicit DnsReply(const DnsQuery& query)
      : id_(query.bytes.substr(0, 2)), question_(query.bytes.substr(12, query.question_end - 12)) {}
  DnsReply& code(std::uint8_t code) { return code_ = code, *this; }
  DnsReply& truncated() { return flags_ = '\x83', *this; }
  DnsReply& other_id() { return id_[1] = static_cast<char>(id_[1] ^ 1), *this; }
  DnsReply& address(const char* text, std::uint32_t ttl = 300) {
    std::string data(16, '\0');
    if (inet_pton(AF_INET, text, data.data()) == 1) return record(kTypeA, data.substr(0, 4), ttl);
    EXPECT_EQ(inet_pton(AF_INET6, text, data.data()), 1);
    return record(kTypeAaaa, data, ttl);
  }
  // What comes after belongs to `name`.
  DnsReply& alias(std::string_view name, std::uint32_t ttl = 300) {
    std::string data;
    for (std::size_t at = 0; at < name.size();) {
      const std::string_view label = name.substr(at, name.find('.', at) - at);
      data += static_cast<char>(label.size());
      data += label;
      at += label.size() + 1;
    }
    data += '\0';
    record(kTypeCname, data, ttl);
    owner_ = data;
    return *this;
  }
  [[nodiscard]] std::string bytes() const {
    return id_ + flags_ + static_cast<char>('\x80' | code_) + two_bytes(1) + two_bytes(records_) + two_bytes(0) +
           two_bytes(0) + question_ + answers_;
  }

 private:
  DnsReply& record(std::uint16_t type, const std::string& data, std::uint32_t ttl) {
    answers_ +=
        owner_ + two_bytes(type) + two_bytes(1) + two_bytes(ttl >> 16) + two_bytes(ttl) + two_bytes(data.size()) + data;
    ++records_;
    return *this;
  }

  std::string id_;
  char flags_ = '\x81';
  std::uint8_t code_ = 0;
  std::string question_;
  std::string owner_ = "\xc0\x0c";  // the name of the question
  std::string answers_;
  std::size_t records_ = 0;
};

class DnsServer {
 public:
  using Messages = std::vector<std::string>;
  using Script = std::function<Messages(const DnsQuery&)>;

  // Nothing of it keeps the loop running. Over TCP an empty message ends the connection.
  explicit DnsServer(uv_loop_t* loop) : loop_(loop) {
    while (!listen()) {
    }
  }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  Script script = [](const DnsQuery&) { return Messages{}; };
  std::vector<DnsQuery> queries;

 private:
  struct Connection {
    DnsServer* server;
    UvHandle<uv_tcp_t> tcp;
    std::string received;
  };
  template <class H>
  static uv_handle_t* as_handle(const UvHandle<H>& handle) {
    return reinterpret_cast<uv_handle_t*>(handle.get());
  }

  // False: another socket has the TCP port that goes with our UDP port.
  bool listen() {
    sockaddr_in any{};
    EXPECT_EQ(uv_ip4_addr("127.0.0.1", 0, &any), 0);
    EXPECT_EQ(udp_.open(this, [this](uv_udp_t* udp) { return uv_udp_init(loop_, udp); }), 0);
    EXPECT_EQ(uv_udp_bind(udp_.get(), reinterpret_cast<const sockaddr*>(&any), 0), 0);
    int size = sizeof any;
    uv_udp_getsockname(udp_.get(), reinterpret_cast<sockaddr*>(&any), &size);
    port_ = ntohs(any.sin_port);
    uv_udp_recv_start(udp_.get(), &on_alloc, &on_datagram);
    EXPECT_EQ(tcp_.open(this, [this](uv_tcp_t* tcp) { return uv_tcp_init(loop_, tcp); }), 0);
    uv_unref(as_handle(udp_));
    uv_unref(as_handle(tcp_));
    return uv_tcp_bind(tcp_.get(), reinterpret_cast<const sockaddr*>(&any), 0) == 0 &&
           uv_listen(reinterpret_cast<uv_stream_t*>(tcp_.get()), 16, &on_connection) == 0;
  }
  Messages answer(std::string message, bool tcp) {
    queries.emplace_back(std::move(message), tcp);
    const DnsQuery query = queries.back();
    return script(query);
  }
  static uv_buf_t buffer_of(const std::string& bytes) {
    return uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  }
  static void on_alloc(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
    static std::vector<char> space(65536);
    *buffer = uv_buf_init(space.data(), static_cast<unsigned>(space.size()));
  }
  static void on_datagram(uv_udp_t* udp, ssize_t size, const uv_buf_t* buffer, const sockaddr* from, unsigned) {
    auto* server = owner_of<DnsServer>(udp);
    if (server == nullptr || size <= 0 || from == nullptr) return;
    for (const std::string& message : server->answer({buffer->base, static_cast<std::size_t>(size)}, false)) {
      const uv_buf_t bytes = buffer_of(message);
      uv_udp_try_send(udp, &bytes, 1, from);
    }
  }
  static void on_connection(uv_stream_t* listener, int) {
    auto* server = owner_of<DnsServer>(listener);
    auto made = std::make_unique<Connection>();
    made->server = server;
    ASSERT_EQ(made->tcp.open(made.get(), [&](uv_tcp_t* tcp) { return uv_tcp_init(server->loop_, tcp); }), 0);
    ASSERT_EQ(uv_accept(listener, reinterpret_cast<uv_stream_t*>(made->tcp.get())), 0);
    uv_unref(as_handle(made->tcp));
    uv_read_start(reinterpret_cast<uv_stream_t*>(made->tcp.get()), &on_alloc, &on_bytes);
    server->connections_.push_back(std::move(made));
  }
  static void on_bytes(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
    auto* connection = owner_of<Connection>(stream);
    if (connection == nullptr) return;
    if (size < 0) return connection->tcp.reset();
    connection->received.append(buffer->base, static_cast<std::size_t>(size));
    while (connection->received.size() > 2) {
      const std::size_t length =
          static_cast<std::uint8_t>(connection->received[0]) << 8 | static_cast<std::uint8_t>(connection->received[1]);
      if (connection->received.size() < 2 + length) return;
      const auto messages = connection->server->answer(connection->received.substr(2, length), true);
      connection->received.erase(0, 2 + length);
      for (const std::string& message : messages) {
        if (message.empty()) return connection->tcp.reset();
        write(stream, two_bytes(message.size()) + message);
      }
    }
  }
  // What the socket does not take at once the loop writes.
  static void write(uv_stream_t* stream, std::string bytes) {
    struct Write {
      uv_write_t request;
      std::string bytes;
    };
    auto* write = new Write{{}, std::move(bytes)};
    const uv_buf_t buffer = buffer_of(write->bytes);
    write->request.data = write;
    uv_write(&write->request, stream, &buffer, 1,
             [](uv_write_t* request, int) { delete static_cast<Write*>(request->data); });
  }

  uv_loop_t* loop_;
  std::uint16_t port_ = 0;
  UvHandle<uv_udp_t> udp_;
  UvHandle<uv_tcp_t> tcp_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

// A resolver that asks a scripted server. The loop runs until nothing is left to do: an idle resolver does not hold it.
class NameResolverTest : public ::testing::Test {
 protected:
  using Question = std::unique_ptr<NameResolver::Question>;

  void SetUp() override {
    ASSERT_EQ(uv_loop_init(&loop_), 0);
    server_ = std::make_unique<DnsServer>(&loop_);
    settings_.dns.servers = server_->address();
    settings_.dns.tries = 1;
    settings_.dns.timeout = std::chrono::seconds(20);  // nobody waits for it
  }
  void TearDown() override {
    resolver_.reset();
    server_.reset();
    run();
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }
  void run() { uv_run(&loop_, UV_RUN_DEFAULT); }
  NameResolver& resolver() {
    if (!resolver_) resolver_ = std::make_unique<NameResolver>(&loop_, settings_);
    return *resolver_;
  }
  // "192.0.2.1 2001:db8::1", or the error in words.
  static std::string text_of(const NameAnswer& answer) {
    if (!answer) return std::string(to_text(answer.error()));
    std::string text;
    for (const IpAddress& address : *answer) text += (text.empty() ? "" : " ") + address.text();
    return text;
  }
  Question ask_into(std::string& told, std::string_view host) {
    return resolver().resolve(host, [&told](const NameAnswer& answer) {
      EXPECT_EQ(told, "") << "told twice";
      told = text_of(answer);
    });
  }
  std::string ask(std::string_view host) {
    std::string told;
    const Question question = ask_into(told, host);
    EXPECT_EQ(told, "") << "told from inside resolve()";
    run();
    return told;
  }
  // Answers questions for addresses with these, and those of the other family with none.
  void serve(std::vector<const char*> addresses, std::uint32_t ttl = 300) {
    server_->script = [addresses = std::move(addresses), ttl](const DnsQuery& query) {
      DnsReply reply(query);
      for (const char* address : addresses)
        if ((std::string_view(address).find(':') != std::string_view::npos) == (query.type == kTypeAaaa))
          reply.address(address, ttl);
      return DnsServer::Messages{reply.bytes()};
    };
  }
  [[nodiscard]] std::size_t queries() const { return server_->queries.size(); }

  uv_loop_t loop_{};
  std::unique_ptr<DnsServer> server_;
  NameResolver::Settings settings_;
  std::unique_ptr<NameResolver> resolver_;
};

}  // namespace saproxy::proxy::testing
