#include <array>

#include "proxy/binding/http/framing.h"
#include "proxy/binding/http/message_reading.h"
#include "proxy/binding/http/syntax.h"

namespace saproxy::proxy::http {
namespace {

constexpr unsigned kMaxInterim = 8;

struct StatusLine {
  std::uint16_t status = 0;
  int minor_version = 1;
};

// Spec: RFC 9112 4: HTTP-version SP status-code SP [reason]; the last blank is missing from some servers.
ParseError read_status_line(std::string_view line, StatusLine& out) {
  if (line.size() < 12 || !line.starts_with("HTTP/") || line[6] != '.' || line[8] != ' ')
    return ParseError::BadStatusLine;
  if (!is_digit(line[5]) || !is_digit(line[7])) return ParseError::BadStatusLine;
  if (line[5] != '1' || line[7] > '1') return ParseError::UnsupportedVersion;
  const std::string_view code = line.substr(9, 3);
  if (code[0] < '1' || code[0] > '5' || !is_digit(code[1]) || !is_digit(code[2])) return ParseError::BadStatusLine;
  if (line.size() > 12 && line[12] != ' ') return ParseError::BadStatusLine;
  out.minor_version = line[7] - '0';
  out.status = static_cast<std::uint16_t>((code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'));
  return ParseError::None;
}

ParseError check_status_line(std::string_view line) {
  StatusLine ignored;
  return read_status_line(line, ignored);
}

constexpr std::array<bool, 256> kNameChars = make_char_set(is_token_char);

constexpr HeadRules kRules = {&check_status_line, kNameChars, ParseError::BadStatusLine, 0};

}  // namespace

struct ResponseParser::Parts : MessageReading<ResponseHead> {
  explicit Parts(const ParseLimits& given) : MessageReading(given, kRules, HTTP_RESPONSE) {}

  ParseError complete_head();
  Event read_head(std::span<const std::uint8_t> bytes);

  unsigned interim = 0;
  bool answer_to_head = false;
};

ParseError ResponseParser::Parts::complete_head() {
  StatusLine line;
  if (const ParseError error = read_status_line(lines.first_line(head.storage), line); error != ParseError::None)
    return error;
  if (line.status == 101) return ParseError::UpgradeNotAllowed;
  head.status = line.status;
  head.minor_version = line.minor_version;
  lines.fill(head.storage, head.fields);
  Framing framing;
  if (const ParseError error = read_framing(head.fields, head.minor_version, false, framing); error != ParseError::None)
    return error;
  head.content_length = framing.content_length;
  head.chunked = framing.chunked;
  head.no_body = answer_to_head || head.status < 200 || head.status == 204 || head.status == 304;
  const bool until_close = !head.no_body && !head.chunked && !head.content_length;
  head.keep_alive = framing.keep_alive && !until_close;
  if (!head.no_body && head.content_length.value_or(0) > limits.max_body) return ParseError::BodyTooLarge;
  if (const ParseError error = message.read_head(head.storage, head.no_body); error != ParseError::None) return error;
  const SecondReading& second = message.reading();
  const bool agreed = second.fields == head.fields.size() && second.content_length == head.content_length &&
                      second.chunked == head.chunked && second.status == head.status;
  return agreed ? ParseError::None : ParseError::Other;
}

Event ResponseParser::Parts::read_head(std::span<const std::uint8_t> bytes) {
  Event event;
  while (true) {
    std::size_t taken = 0;
    const HeadLines::Progress progress = lines.take(bytes.subspan(event.consumed), head.storage, taken);
    event.consumed += taken;
    switch (progress) {
      case HeadLines::Progress::NeedMore: return event;
      case HeadLines::Progress::Failed: return fail(lines.error());
      case HeadLines::Progress::Complete: break;
    }
    if (const ParseError error = complete_head(); error != ParseError::None) return fail(error);
    if (head.status >= 200) break;
    if (++interim > kMaxInterim) return fail(ParseError::Other);
    start();
  }
  phase = Phase::Body;
  event.kind = Event::Kind::Head;
  return event;
}

ResponseParser::ResponseParser(const ParseLimits& limits) : parts_(std::make_unique<Parts>(limits)) {}
ResponseParser::~ResponseParser() = default;

void ResponseParser::expect(bool answer_to_head) {
  parts_->start();
  parts_->interim = 0;
  parts_->answer_to_head = answer_to_head;
}

Event ResponseParser::feed(std::span<const std::uint8_t> bytes) {
  switch (parts_->phase) {
    case Parts::Phase::Head: return parts_->read_head(bytes);
    case Parts::Phase::Body: return parts_->read_body(bytes);
    case Parts::Phase::Failed: return parts_->fail(parts_->failure);
    case Parts::Phase::Ended:
    case Parts::Phase::Closed: break;
  }
  return {};  // surplus bytes stay unconsumed; the owner of the connection decides
}

Event ResponseParser::finish() {
  if (parts_->phase == Parts::Phase::Failed) return parts_->fail(parts_->failure);
  if (parts_->phase != Parts::Phase::Body) return parts_->fail(ParseError::UnexpectedEnd);
  const Event event = parts_->message.finish();
  if (event.kind == Event::Kind::Error) return parts_->fail(event.error);
  parts_->phase = Parts::Phase::Ended;
  return event;
}

const ResponseHead& ResponseParser::head() const { return parts_->head; }

}  // namespace saproxy::proxy::http
