// Egress: how the CSE reaches its registrees and its registrar: one thread that takes plaintext requests on loopback
// and sends them through security associations that it begins.
//
//   CSE ─▶ EgressConnection ▸ EgressRouter ▸ Destination ▸ HttpClient ▸ StreamLink ▸ TlsClient ─▶ registree (SA2)
//                                  └ registry                                                  ─▶ registrar (SA1)
//
// One thread for all, so that a registree has one SA2 however many workers there are.
// Spec: TS-0003 8.2.1
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "proxy/egress/connection.h"
#include "proxy/egress/router.h"
#include "proxy/egress/services.h"
#include "proxy/loop/mailbox.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/socket.h"
#include "proxy/registry/shared_registry.h"

namespace saproxy::proxy {

// A listening socket on its way to the egress.
struct EgressSocket {
  EgressDoor door;
  bool is_unix = false;
  Socket socket;
};

class Egress final : public EgressHost {
 public:
  // Both must outlive it.
  Egress(Log& log, const SharedRegistry& registry) : log_(log), registry_(registry) {}
  ~Egress() override;
  Egress(const Egress&) = delete;
  Egress& operator=(const Egress&) = delete;

  // Control thread.
  [[nodiscard]] identity::Result<bool> start(Reach reach, std::vector<EgressSocket> sockets);
  void swap(Reach reach);
  // From any thread: a request for our registrar, over the association that its door uses. `done` is called on the
  // egress's thread, once, unless it ends before.
  struct Answer {
    std::optional<http::ResponseHead> head;  // none: there is no answer
    std::string body;                        // or why there is none
  };
  void ask_registrar(std::function<std::string(const policy::PointOfAccess&)> request_for, policy::Milliseconds timeout,
                     std::function<void(Answer)> done);
  // How things stand with one registree, or with all that are reached when `entity_id` is empty. `tell` is called on
  // the egress's thread; never, when it has stopped.
  using Tell = std::function<void(std::vector<FarEndState>)>;
  void ask(std::string entity_id, Tell tell);
  // No new connections; what is asked already is answered. `drained` is called on the egress's thread at its end, once.
  void drain(std::function<void()> drained);
  // Ends everything: those who wait are answered with 5103. cut() does not wait for it.
  void cut();
  void stop();
  [[nodiscard]] const EgressCounters& counters() const { return counters_; }

  [[nodiscard]] EgressServices& services() override { return *services_; }
  [[nodiscard]] EgressRouter& router() override { return *router_; }
  void retire(SlotRef connection) override { connections_.retire(connection); }
  [[nodiscard]] bool draining() const override { return draining_; }

 private:
  static constexpr std::size_t kMaxConnections = 16'384;  // of the CSE
  struct Listening {
    Egress* egress;
    EgressDoor door;
    UvHandle<uv_tcp_t> tcp;
    UvHandle<uv_pipe_t> pipe;
  };
  struct Drain {
    std::function<void()> drained;
  };
  struct Stop {};
  struct Ask {
    std::function<std::string(const policy::PointOfAccess&)> request_for;
    policy::Milliseconds timeout;
    std::function<void(Answer)> done;
  };
  struct Question {
    std::string entity_id;
    Tell tell;
  };
  using Mail = std::variant<Reach, Ask, Question, Drain, Stop>;

  static void on_connection(uv_stream_t* server, int status) noexcept;
  static void on_tick(uv_timer_t* timer) noexcept;
  static void on_turn(uv_prepare_t* prepare) noexcept;
  [[nodiscard]] int listen(EgressSocket socket);
  void accept(Listening& listening);
  void receive(Mail&& mail);
  void ask(Ask asked);
  [[nodiscard]] bool has_room(const EgressConnection& newest);
  void configure(Reach reach);
  void begin_drain(std::function<void()> drained);
  void close_all();
  void run();

  EgressCounters counters_;
  uv_loop_t loop_{};
  bool loop_open_ = false;
  std::unique_ptr<LinkRoom> room_;
  std::unique_ptr<NameResolver> names_;
  std::unique_ptr<EgressServices> services_;
  std::unique_ptr<EgressRouter> router_;
  SlotTable<EgressConnection> connections_;
  std::vector<std::unique_ptr<Listening>> listening_;
  Mailbox<Mail> mailbox_;
  UvHandle<uv_timer_t> tick_;
  UvHandle<uv_prepare_t> turn_;
  std::thread thread_;
  Log& log_;
  const SharedRegistry& registry_;
  std::function<void()> drained_;
  bool draining_ = false;
  bool stopping_ = false;
};

}  // namespace saproxy::proxy
