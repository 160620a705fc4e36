// read_client_hello on anything: no crash, and the same answer when the bytes come in two steps.
#include <cstdlib>

#include "proxy/session/client_hello.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using saproxy::proxy::ClientHello;
  using saproxy::proxy::HelloStatus;
  const std::span<const std::uint8_t> bytes(data, size);
  ClientHello hello;
  const HelloStatus status = saproxy::proxy::read_client_hello(bytes, hello);
  if (status == HelloStatus::Complete) {
    if (hello.server_name.size() > 255) abort();
    // What was complete is complete with more behind it, unless more stands in the same record; what is cut is never
    // something else.
    ClientHello cut;
    const HelloStatus before = saproxy::proxy::read_client_hello(bytes.first(size / 2), cut);
    if (before != HelloStatus::Incomplete && before != HelloStatus::Complete) abort();
  }
  return 0;
}
