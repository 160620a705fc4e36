// NameResolver: asks DNS and /etc/hosts what a host name stands for, on one loop and without a thread.
//
//   resolve() ─▶ literal, NameCache ─▶ Lookup (one for equal questions) ─▶ DnsChannel ─▶ deliver(), in a turn of its
//   own
//
// What DNS says is not trusted: it is where to look for a peer, never who the peer is. Answers are bounded in number,
// size and time; whoever is in a hurry drops the question.
#pragma once

#include <uv.h>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/client/dns_channel.h"
#include "proxy/client/name_cache.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

class NameResolver {
 public:
  struct Settings {
    DnsChannel::Settings dns;
    NameCache::Bounds cache;
    std::size_t max_lookups = 64;   // names asked for at once
    std::size_t max_waiting = 256;  // names that wait for their turn; beyond: Overloaded
  };
  // Called once, never from inside resolve(), for literals and known names too. It may ask again, drop any question,
  // and destroy the resolver.
  using Done = std::function<void(const NameAnswer&)>;

  // The interest in one answer. Dropped: no call any more. It may outlive its resolver, which then never calls.
  class Question {
   public:
    ~Question();
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

   private:
    friend class NameResolver;
    Question(NameResolver* resolver, Done done) : resolver_(resolver), done_(std::move(done)) {}

    NameResolver* resolver_;  // null: told, or the resolver is gone
    Done done_;
    std::string name_;                         // of the lookup it is in
    std::optional<NameAnswer> answer_;         // set: it is in ready_ instead
    std::list<Question*>::iterator position_;  // in the one list or the other
  };

  NameResolver(uv_loop_t* loop, Settings settings);
  ~NameResolver();
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;

  // `host`: a literal address (see IpAddress::parse) or a host name in either case, perhaps with a dot at the end,
  // which keeps it from being tried below the domains of resolv.conf.
  [[nodiscard]] std::unique_ptr<Question> resolve(std::string_view host, Done done);

 private:
  using Questions = std::list<Question*>;
  // What is asked, or waits to be.
  struct Lookup {
    Questions questions;                                    // none: all were dropped
    std::optional<std::list<std::string>::iterator> waits;  // in line_
  };

  static void on_idle(uv_idle_t* idle) noexcept;
  void join_lookup(Questions& fresh, const std::string& name);
  void leave_lookup(Question& question);
  void forget(Question& question);
  void answered(const std::string& name, const NameAnswer& answer, std::chrono::seconds ttl);
  void answer(Questions& questions, const NameAnswer& answer);
  [[nodiscard]] bool may_admit() const;
  void admit();
  void tell_one();
  void wake();
  void rest();

  uv_loop_t* loop_;
  Settings settings_;
  NameCache cache_;
  DnsChannel channel_;
  std::unordered_map<std::string, Lookup> lookups_;
  std::list<std::string> line_;  // names of lookups that are not asked yet
  std::size_t interested_ = 0;   // questions in lookups
  Questions ready_;              // answered, to be told
  UvHandle<uv_idle_t> idle_;     // runs while there is something to tell or to ask
};

}  // namespace saproxy::proxy
