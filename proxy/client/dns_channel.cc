#include "proxy/client/dns_channel.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "proxy/client/address_order.h"

namespace saproxy::proxy {
namespace {

NameError error_of(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_ENONAME:
    case ARES_EBADNAME: return NameError::NotFound;
    case ARES_ETIMEOUT: return NameError::Timeout;
    case ARES_EBADRESP: return NameError::Malformed;
    default: return NameError::Refused;
  }
}

// Spec: RFC 2181 8: a TTL with the highest bit set counts as zero.
std::chrono::seconds ttl_of(const ares_addrinfo& found) {
  int ttl = found.nodes->ai_ttl;
  for (const auto* node = found.nodes; node != nullptr; node = node->ai_next) ttl = std::min(ttl, node->ai_ttl);
  for (const auto* alias = found.cnames; alias != nullptr; alias = alias->next) ttl = std::min(ttl, alias->ttl);
  return std::chrono::seconds(std::max(ttl, 0));
}

// At most kMaxAddresses, and of each family half of that if the other one has enough.
NameAnswer addresses_of(const ares_addrinfo& found) {
  std::vector<IpAddress> first;
  std::vector<IpAddress> rest;
  std::size_t taken_v4 = 0;
  std::size_t taken_v6 = 0;
  for (const auto* node = found.nodes; node != nullptr; node = node->ai_next) {
    const auto address = ip_address_of(*node->ai_addr);
    if (!address) continue;
    std::size_t& taken = address->is_v4() ? taken_v4 : taken_v6;
    if (taken++ < DnsChannel::kMaxAddresses / 2)
      first.push_back(*address);
    else if (rest.size() < DnsChannel::kMaxAddresses)
      rest.push_back(*address);
  }
  if (first.empty()) return tl::unexpected(NameError::NotFound);
  rest.resize(std::min(rest.size(), DnsChannel::kMaxAddresses - first.size()), first.front());
  first.insert(first.end(), rest.begin(), rest.end());
  order_addresses(first, kernel_source_of);
  return first;
}

struct Free {
  void operator()(ares_addrinfo* found) const noexcept { ares_freeaddrinfo(found); }
};

}  // namespace

// What c-ares carries around for us; it calls back exactly once for each.
struct DnsChannel::Asked {
  DnsChannel* channel;
  std::string name;
};

DnsChannel::DnsChannel(uv_loop_t* loop, Settings settings, Answered answered)
    : loop_(loop), settings_(std::move(settings)), answered_(std::move(answered)) {
  static_cast<void>(
      timer_.open(this, [loop](uv_timer_t* timer) { return uv_timer_init(loop, timer); }));  // never fails
}

DnsChannel::~DnsChannel() {
  silent_ = true;
  close();
}

bool DnsChannel::open() {
  if (channel_ != nullptr) return true;
  ares_options options{};
  options.flags = ARES_FLAG_NOALIASES;  // no file that $HOSTALIASES names
  options.timeout = static_cast<int>(settings_.timeout.count());
  options.tries = settings_.tries;
  char files_then_dns[] = "fb";
  options.lookups = files_then_dns;
  options.sock_state_cb = &on_socket;
  options.sock_state_cb_data = this;
  int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  if (!settings_.servers.empty()) mask |= ARES_OPT_DOMAINS;  // none
  // ares_library_init() does nothing on Linux.
  if (ares_init_options(&channel_, &options, mask) != ARES_SUCCESS) {
    channel_ = nullptr;
    return false;
  }
  if (settings_.servers.empty()) return true;
  if (ares_set_servers_ports_csv(channel_, settings_.servers.c_str()) == ARES_SUCCESS) return true;
  close();
  return false;
}

void DnsChannel::close() {
  if (channel_ != nullptr) ares_destroy(channel_);  // ends every question, closes every socket
  channel_ = nullptr;
  if (timer_) uv_timer_stop(timer_.get());
}

void DnsChannel::ask(const std::string& name) {
  if (!open()) return answered_(name, tl::unexpected(NameError::Refused), {});
  ++asked_;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;  // see order_addresses()
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, &on_answer, new Asked{this, name});
  settle();
}

void DnsChannel::cancel() {
  if (channel_ == nullptr) return;
  // Not just told of: c-ares would call a question answered of which it knows one address family only.
  silent_ = true;
  ares_cancel(channel_);
  silent_ = false;
  settle();
}

void DnsChannel::on_answer(void* asked, int status, int, ares_addrinfo* found) noexcept {
  const std::unique_ptr<Asked> question(static_cast<Asked*>(asked));
  const std::unique_ptr<ares_addrinfo, Free> owned(found);
  DnsChannel& channel = *question->channel;
  --channel.asked_;
  if (channel.silent_) return;
  if (status != ARES_SUCCESS || found == nullptr || found->nodes == nullptr) {
    const NameError error = status == ARES_SUCCESS ? NameError::NotFound : error_of(status);
    return channel.answered_(question->name, tl::unexpected(error), {});
  }
  channel.answered_(question->name, addresses_of(*found), ttl_of(*found));
}

void DnsChannel::on_socket(void* channel, ares_socket_t socket, int readable, int writable) noexcept {
  static_cast<DnsChannel*>(channel)->watch(socket,
                                           (readable != 0 ? UV_READABLE : 0) | (writable != 0 ? UV_WRITABLE : 0));
}

// c-ares says so before it closes the socket, so that no handle ever polls a descriptor of somebody else.
void DnsChannel::watch(ares_socket_t socket, int events) {
  if (events == 0) {
    sockets_.erase(socket);
    return;
  }
  UvHandle<uv_poll_t>& poll = sockets_[socket];
  if (!poll) {
    const int status =
        poll.open(this, [this, socket](uv_poll_t* fresh) { return uv_poll_init_socket(loop_, fresh, socket); });
    // Unwatched, it is a server that does not answer.
    if (status != 0) return static_cast<void>(sockets_.erase(socket));
  }
  uv_poll_start(poll.get(), events, &on_ready);
}

void DnsChannel::on_ready(uv_poll_t* poll, int status, int events) noexcept {
  DnsChannel* channel = owner_of<DnsChannel>(poll);
  if (channel == nullptr) return;
  uv_os_fd_t socket = -1;
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(poll), &socket) != 0) return;
  // An error is for c-ares to meet when it reads and writes.
  const bool failed = status < 0;
  channel->process(failed || (events & UV_READABLE) != 0 ? socket : ARES_SOCKET_BAD,
                   failed || (events & UV_WRITABLE) != 0 ? socket : ARES_SOCKET_BAD);
}

void DnsChannel::on_timer(uv_timer_t* timer) noexcept {
  if (DnsChannel* channel = owner_of<DnsChannel>(timer)) channel->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void DnsChannel::process(ares_socket_t readable, ares_socket_t writable) {
  if (channel_ == nullptr) return;
  ares_process_fd(channel_, readable, writable);
  settle();
}

// After each call of c-ares, when it is no longer on the stack.
void DnsChannel::settle() {
  if (asked_ == 0) return close();
  timeval room{};
  const timeval* next = ares_timeout(channel_, nullptr, &room);
  if (next == nullptr) return static_cast<void>(uv_timer_stop(timer_.get()));
  // c-ares rounds down: one more, or the timer comes a little too early again and again.
  const auto delay = static_cast<std::uint64_t>(next->tv_sec) * 1000 + static_cast<std::uint64_t>(next->tv_usec) / 1000;
  uv_timer_start(timer_.get(), &on_timer, delay + 1, 0);
}

}  // namespace saproxy::proxy
