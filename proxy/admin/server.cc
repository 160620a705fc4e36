#include "proxy/admin/server.h"

#include <utility>

#include "proxy/admin/connection.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {
namespace {

constexpr int kBacklog = 64;

}  // namespace

struct AdminServer::Parts final : AdminHost {
  Parts(uv_loop_t* on, AdminCallbacks calls, AdminLimits bounds) : loop(on), called(std::move(calls)), limits(bounds) {}

  [[nodiscard]] const AdminCallbacks& callbacks() const override { return called; }
  [[nodiscard]] std::chrono::milliseconds timeout() const override { return limits.timeout; }
  void retire(SlotRef connection) override { connections.retire(connection); }

  [[nodiscard]] uv_stream_t* listener() const {
    return tcp ? reinterpret_cast<uv_stream_t*>(tcp.get()) : reinterpret_cast<uv_stream_t*>(pipe.get());
  }
  [[nodiscard]] int open(Socket socket, bool is_unix);
  [[nodiscard]] int start_sweeper();
  void accept();
  static void on_connection(uv_stream_t* server, int status) noexcept {
    auto* parts = owner_of<Parts>(server);
    if (parts != nullptr && status == 0) parts->accept();
  }
  static void on_check(uv_check_t* check) noexcept {
    if (auto* parts = owner_of<Parts>(check)) parts->connections.sweep();
  }

  uv_loop_t* loop;
  AdminCallbacks called;
  AdminLimits limits;
  SlotTable<AdminConnection> connections;
  UvHandle<uv_tcp_t> tcp;
  UvHandle<uv_pipe_t> pipe;
  UvHandle<uv_check_t> sweeper;
};

int AdminServer::Parts::open(Socket socket, bool is_unix) {
  const auto init_pipe = [this](uv_pipe_t* handle) { return uv_pipe_init(loop, handle, 0); };
  const auto init_tcp = [this](uv_tcp_t* handle) { return uv_tcp_init(loop, handle); };
  int status = is_unix ? pipe.open(this, init_pipe) : tcp.open(this, init_tcp);
  if (status == 0) status = is_unix ? uv_pipe_open(pipe.get(), socket.fd()) : uv_tcp_open(tcp.get(), socket.fd());
  if (status != 0) return status;
  static_cast<void>(socket.release());  // the handle owns it now
  return uv_listen(listener(), kBacklog, &on_connection);
}

// Connections that ended die after the callbacks of the turn. It keeps no loop running.
int AdminServer::Parts::start_sweeper() {
  const int status = sweeper.open(this, [this](uv_check_t* handle) { return uv_check_init(loop, handle); });
  if (status != 0) return status;
  uv_unref(reinterpret_cast<uv_handle_t*>(sweeper.get()));
  return uv_check_start(sweeper.get(), &on_check);
}

void AdminServer::Parts::accept() {
  const bool room = connections.size() < limits.max_connections;
  auto connection = std::make_unique<AdminConnection>(*this);
  AdminConnection& accepted = *connection;
  const SlotRef ref = connections.add(std::move(connection));
  // Over the limit it is taken all the same, and closed: in the backlog it would wait for ever.
  if (!accepted.accept(loop, listener(), ref) || !room) accepted.stop();
}

AdminServer::AdminServer(uv_loop_t* loop, AdminCallbacks callbacks, AdminLimits limits)
    : parts_(std::make_unique<Parts>(loop, std::move(callbacks), limits)) {}

AdminServer::~AdminServer() = default;

void AdminServer::answer(SlotRef asker, std::string lines) {
  if (AdminConnection* connection = parts_->connections.find(asker)) connection->told(200, std::move(lines));
}

identity::Result<bool> AdminServer::listen(Socket socket, bool is_unix) {
  int status = parts_->open(std::move(socket), is_unix);
  if (status == 0) status = parts_->start_sweeper();
  if (status == 0) return true;
  return identity::fail(identity::ErrorCode::Failed, std::string("admin listener: ") + uv_strerror(status));
}

}  // namespace saproxy::proxy
