// AdminServer: /metrics, /live, /ready, /explain, POST /shutdown and what is below /registry on loopback or a Unix
// socket. Strict, bounded, one write for each answer.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "identity/result.h"
#include "proxy/admin/explain_query.h"
#include "proxy/admin/process_state.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/socket.h"

namespace saproxy::proxy {

// A short answer: HTTP status, and text without the end of line.
struct AdminText {
  std::uint16_t status = 200;
  std::string text;
};

struct AdminCallbacks {
  std::function<std::string()> metrics;  // exposition text
  std::function<Readiness()> ready;
  std::function<void()> shutdown;  // called after the answer was written; may destroy the server
  // Optional: what would become of a request as things stand; nothing: there is no such listener.
  std::function<std::optional<std::string>(const ExplainQuestion& question)> explain;
  // Optional: erases a registration, of an AE-ID-Stem or SP-relative CSE-ID, from memory and from the store.
  std::function<Forgotten(const std::string& entity_id)> forget;
  std::function<AdminText()> reconcile;       // optional: begins to ask the CSE about its registrations
  std::function<AdminText()> reconciliation;  // optional: how the last time ended
  // Optional: asks another thread how the associations stand that were begun with a registree; empty: with all. What it
  // says goes to AdminServer::answer. Not empty: why there is nothing to ask.
  std::function<std::string(SlotRef asker, const std::string& entity_id)> ask_egress;
};

struct AdminLimits {
  std::uint32_t max_connections = 32;       // one more is closed at once
  std::chrono::milliseconds timeout{5000};  // for a request, for the pause before the next, and for taking the answer
};

class AdminServer {
 public:
  // `socket` listens already (listen_tcp or listen_unix); `is_unix` tells which.
  AdminServer(uv_loop_t* loop, AdminCallbacks callbacks, AdminLimits limits = {});
  ~AdminServer();  // closes everything; memory goes in libuv's close callbacks
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;
  [[nodiscard]] identity::Result<bool> listen(Socket socket, bool is_unix);
  // What `asker` asked another thread for. Who is gone, or was told by its deadline that nothing came, hears nothing.
  void answer(SlotRef asker, std::string lines);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace saproxy::proxy
