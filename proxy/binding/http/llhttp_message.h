// One message through llhttp: the second reading of a head that HeadLines has passed, and the framing of its body. No
// lenient flag is set. Spec: RFC 9112 6, 7
#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "proxy/binding/http/parser.h"

namespace saproxy::proxy::http {

// What llhttp understood of a head.
struct SecondReading {
  std::size_t fields = 0;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = false;
  std::uint16_t status = 0;
};

class LlhttpMessage {
 public:
  explicit LlhttpMessage(llhttp_type_t type);
  ~LlhttpMessage() = default;
  LlhttpMessage(const LlhttpMessage&) = delete;
  LlhttpMessage& operator=(const LlhttpMessage&) = delete;

  void start();
  // A whole head, empty line included. `no_body`: none follows, whatever the head says (RFC 9112 6.3 rules 1 and 2).
  [[nodiscard]] ParseError read_head(std::string_view head, bool no_body);
  [[nodiscard]] const SecondReading& reading() const { return reading_; }
  // The next event of the body: NeedMore, Body, End or Error. At most `max_body` bytes of body are given.
  [[nodiscard]] Event read_body(std::span<const std::uint8_t> bytes, std::uint64_t max_body);
  // The peer closed the connection.
  [[nodiscard]] Event finish();

 private:
  static const llhttp_settings_t& settings();
  static LlhttpMessage& self(llhttp_t* parser) { return *static_cast<LlhttpMessage*>(parser->data); }
  static int on_headers_complete(llhttp_t* parser) noexcept;
  static int on_header_value_complete(llhttp_t* parser) noexcept;
  static int on_trailer(llhttp_t* parser, const char* at, std::size_t size) noexcept;
  static int on_body(llhttp_t* parser, const char* at, std::size_t size) noexcept;
  static int on_chunk_header(llhttp_t* parser) noexcept;
  static int on_chunk_extension(llhttp_t* parser, const char* at, std::size_t size) noexcept;
  static int on_chunk_complete(llhttp_t* parser) noexcept;
  static int on_message_complete(llhttp_t* parser) noexcept;

  // Runs llhttp until it pauses, fails or has taken all; says how many bytes that were.
  [[nodiscard]] std::size_t execute(std::span<const std::uint8_t> bytes);
  [[nodiscard]] ParseError check_framing(std::size_t taken, std::uint64_t max_body);

  llhttp_t parser_{};
  SecondReading reading_;
  std::span<const std::uint8_t> slice_;
  std::uint64_t body_total_ = 0;
  std::size_t framing_run_ = 0;  // bytes since the last chunk that were not body
  ParseError failure_ = ParseError::None;
  bool no_body_ = false;
  bool in_body_ = false;
  bool chunk_header_seen_ = false;
  bool after_last_chunk_ = false;
  bool complete_ = false;
};

}  // namespace saproxy::proxy::http
