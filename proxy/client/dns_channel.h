// DnsChannel: c-ares on a libuv loop: its sockets as uv_poll, its deadlines as one uv_timer. No thread.
// It exists for c-ares only while something is asked: an idle channel has no socket, nothing in it keeps the loop
// running, and /etc/resolv.conf is read anew when the next question comes.
#pragma once

#include <ares.h>
#include <uv.h>

#include <chrono>
#include <functional>
#include <string>
#include <unordered_map>

#include "proxy/client/name_cache.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

class DnsChannel {
 public:
  struct Settings {
    // Of the first round over the servers; each further one takes twice as long. When nobody answers, the question
    // ends after timeout * servers * (2^tries - 1): 6 s for one server.
    std::chrono::milliseconds timeout{2000};
    int tries = 2;  // rounds
    // "127.0.0.1:5353,[::1]:53": these instead of /etc/resolv.conf, and no search list.
    std::string servers;
  };
  // `ttl`: of the record that expires first; 0 for /etc/hosts. Called once for each ask() unless cancel() came first,
  // from inside ask() or from the loop. It must not call the channel, nor destroy it: c-ares is on the stack.
  using Answered = std::function<void(const std::string& name, const NameAnswer& answer, std::chrono::seconds ttl)>;

  // Addresses of one answer that are used, whatever a hostile server sends. To read the largest answer that TCP carries
  // (64 KiB, 4000 addresses or aliases) costs c-ares 1.18 some 15 ms, once a turn of the loop.
  static constexpr std::size_t kMaxAddresses = 16;

  DnsChannel(uv_loop_t* loop, Settings settings, Answered answered);
  ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  // `name`: a host name, no literal address. Looks into /etc/hosts, then asks for A and AAAA, as resolv.conf says.
  void ask(const std::string& name);
  // Everything that is asked, without a call.
  void cancel();

 private:
  struct Asked;
  static void on_answer(void* asked, int status, int timeouts, ares_addrinfo* found) noexcept;
  static void on_socket(void* channel, ares_socket_t socket, int readable, int writable) noexcept;
  static void on_ready(uv_poll_t* poll, int status, int events) noexcept;
  static void on_timer(uv_timer_t* timer) noexcept;
  [[nodiscard]] bool open();
  void close();
  void watch(ares_socket_t socket, int events);
  void process(ares_socket_t readable, ares_socket_t writable);
  void settle();

  uv_loop_t* loop_;
  Settings settings_;
  Answered answered_;
  ares_channel channel_ = nullptr;  // null while nothing is asked
  std::size_t asked_ = 0;
  bool silent_ = false;  // c-ares is giving up its questions: nobody is told
  std::unordered_map<ares_socket_t, UvHandle<uv_poll_t>> sockets_;
  UvHandle<uv_timer_t> timer_;
};

}  // namespace saproxy::proxy
