#include "proxy/session/tls_records.h"

#include <algorithm>

namespace saproxy::proxy {
namespace {

constexpr std::size_t kMaxPlainRecord = 16384;
constexpr std::size_t kMaxAtOnce = std::size_t{1} << 30;

}  // namespace

void TlsRecords::receive(std::span<const std::uint8_t> ciphertext) {
  if (wire_.has_input()) wire_.hold();
  wire_.input = ciphertext;
}

TlsRecords::ReadResult TlsRecords::read(std::span<std::uint8_t> plain, CipherOutput& out) {
  if (!is_open()) return {ReadStatus::Failed, 0};
  if (plain.empty()) return {ReadStatus::NeedBytes, 0};
  wire_.output = &out;
  const int size = wolfSSL_read(ssl_.get(), plain.data(), static_cast<int>(std::min(plain.size(), kMaxPlainRecord)));
  wire_.output = nullptr;
  if (size > 0) return {ReadStatus::Data, static_cast<std::size_t>(size)};
  switch (wolfSSL_get_error(ssl_.get(), size)) {
    case WOLFSSL_ERROR_WANT_READ: return {ReadStatus::NeedBytes, 0};
    case WOLFSSL_ERROR_ZERO_RETURN: return {ReadStatus::PeerClosed, 0};
    default: break_off(); return {ReadStatus::Failed, 0};
  }
}

bool TlsRecords::has_unread() const { return is_open() && (wire_.has_input() || wolfSSL_pending(ssl_.get()) > 0); }

bool TlsRecords::write(std::span<const std::uint8_t> plain, CipherOutput& out) {
  if (!is_open()) return false;
  wire_.output = &out;
  while (!plain.empty()) {
    const int size = wolfSSL_write(ssl_.get(), plain.data(), static_cast<int>(std::min(plain.size(), kMaxAtOnce)));
    if (size <= 0) {
      break_off();
      return false;
    }
    plain = plain.subspan(static_cast<std::size_t>(size));
  }
  wire_.output = nullptr;
  return true;
}

void TlsRecords::close(CipherOutput& out) {
  if (is_open()) {
    wire_.output = &out;
    wolfSSL_shutdown(ssl_.get());
    wire_.output = nullptr;
  }
  break_off();
}

void TlsRecords::break_off() {
  ssl_.reset();
  wire_ = {};
}

}  // namespace saproxy::proxy
