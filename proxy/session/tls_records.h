// TlsRecords: an established TLS connection as bytes in, bytes out, whichever side we are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proxy/session/wire.h"
#include "proxy/session/wolfssl_library.h"

namespace saproxy::proxy {

// Ciphertext to send, appended to. One buffer of a thread serves all its sessions; it is emptied after each turn.
using CipherOutput = std::vector<std::uint8_t>;

class TlsRecords {
 public:
  enum class ReadStatus { Data, NeedBytes, PeerClosed, Failed };
  struct ReadResult {
    ReadStatus status;
    std::size_t size;
  };

  TlsRecords() = default;
  TlsRecords(const TlsRecords&) = delete;
  TlsRecords& operator=(const TlsRecords&) = delete;

  // What the handshake reads and writes; its address stays.
  [[nodiscard]] Wire& wire() { return wire_; }
  // The handshake is over.
  void open(OwnedSsl ssl) { ssl_ = std::move(ssl); }
  [[nodiscard]] bool is_open() const { return ssl_ != nullptr; }

  // The span must stay valid until read() returned NeedBytes or hold() was called.
  void receive(std::span<const std::uint8_t> ciphertext);
  // Decrypts into `plain`, at most one record (16 KiB) at a time.
  [[nodiscard]] ReadResult read(std::span<std::uint8_t> plain, CipherOutput& out);
  // Copies what has not been read yet.
  void hold() { wire_.hold(); }
  // True when read() could return data without new ciphertext.
  [[nodiscard]] bool has_unread() const;
  // Encrypts all of `plain` into `out`, in records filled to 16 KiB. False: broken.
  [[nodiscard]] bool write(std::span<const std::uint8_t> plain, CipherOutput& out);
  // close_notify, if it is open.
  void close(CipherOutput& out);
  void break_off();

 private:
  Wire wire_;
  OwnedSsl ssl_;
};

}  // namespace saproxy::proxy
