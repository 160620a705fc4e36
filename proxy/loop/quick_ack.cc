#include "proxy/loop/quick_ack.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace saproxy::proxy {

void acknowledge_now(const uv_tcp_t* tcp) {
  uv_os_fd_t fd = -1;
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(tcp), &fd) != 0) return;
  // Linux leaves this mode by itself, so it is asked for each time. Where it fails, the answer only comes later.
  const int on = 1;
  static_cast<void>(setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on));
}

}  // namespace saproxy::proxy
