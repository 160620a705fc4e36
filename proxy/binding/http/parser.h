// Strict pull parsers over llhttp: feed bytes, get one event at a time. Requests for the registree side, responses for
// the CSE side. Anything two servers could read differently is an error (attacks: request smuggling), never repaired.
// Spec: RFC 9112 2.2, 5, 6, 11.2; design invariant 3
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/binding/http/message.h"

namespace saproxy::proxy::http {

enum class ParseError : std::uint8_t {
  None,
  BadRequestLine,
  UnknownMethod,
  BadTarget,
  UnsupportedVersion,
  BadHeaderName,
  BadHeaderValue,
  ObsoleteFold,
  BareControl,
  DuplicateHeader,
  BothLengths,
  BadLength,
  BadTransferEncoding,
  BadChunk,
  TrailersNotAllowed,
  HeadTooLarge,
  TooManyHeaders,
  BodyTooLarge,
  MissingHost,
  UpgradeNotAllowed,
  BadStatusLine,
  UnexpectedEnd,
  Other,
};
[[nodiscard]] std::string_view to_text(ParseError error);      // metric label
[[nodiscard]] std::string_view sentence(ParseError error);     // for whoever sent it
[[nodiscard]] std::uint16_t http_status_of(ParseError error);  // 400, 413, 431, 501, 505

struct ParseLimits {
  std::uint32_t max_head_bytes = 16384;
  std::uint32_t max_headers = 64;
  std::uint64_t max_body = 1u << 20;
  // Requests: the target may be in absolute-form, or lack its leading slash, as some CSEs send it. Otherwise it is in
  // origin-form (RFC 9112 3.2.1).
  bool any_target = false;
};

struct Event {
  enum class Kind : std::uint8_t { NeedMore, Head, Body, End, Error };
  Kind kind = Kind::NeedMore;
  std::size_t consumed = 0;              // of the bytes given
  std::span<const std::uint8_t> body{};  // Kind::Body: a slice of the bytes given
  ParseError error = ParseError::None;
};

// One per connection, reused for every request on it. feed() stops after each event; call it again with the bytes not
// consumed. After End the next feed() begins the next message (pipelining). After Error the parser stays in error.
class RequestParser {
 public:
  explicit RequestParser(const ParseLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  [[nodiscard]] Event feed(std::span<const std::uint8_t> bytes);
  [[nodiscard]] const RequestHead& head() const;  // valid from Head until the feed() after End
  // Nothing of a message has arrived yet: an idle connection may be closed without an answer.
  [[nodiscard]] bool at_message_start() const;
  // Between messages: lends all its storage to the next parser of this thread that needs some.
  void rest();

 private:
  struct Parts;
  static std::vector<std::unique_ptr<Parts>>& spare_parts();

  ParseLimits limits_;
  std::unique_ptr<Parts> parts_;  // none while at rest
};

class ResponseParser {
 public:
  explicit ResponseParser(const ParseLimits& limits);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;
  // Before each response. `answer_to_head`: no body whatever the length says.
  void expect(bool answer_to_head);
  // 1xx answers are swallowed (101 is an error).
  [[nodiscard]] Event feed(std::span<const std::uint8_t> bytes);
  // The CSE closed the connection: End for a close-delimited body, Error UnexpectedEnd otherwise.
  [[nodiscard]] Event finish();
  [[nodiscard]] const ResponseHead& head() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace saproxy::proxy::http
