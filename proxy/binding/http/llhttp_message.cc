#include "proxy/binding/http/llhttp_message.h"

namespace saproxy::proxy::http {
namespace {

// Line end after the data, 16 digits, line end. More are padded sizes that cost us work and carry nothing.
constexpr std::size_t kMaxChunkFraming = 2 + 16 + 2;

Event error_event(ParseError error) {
  Event event;
  event.kind = Event::Kind::Error;
  event.error = error;
  return event;
}

}  // namespace

LlhttpMessage::LlhttpMessage(llhttp_type_t type) {
  llhttp_init(&parser_, type, &settings());
  parser_.data = this;
}

const llhttp_settings_t& LlhttpMessage::settings() {
  static const llhttp_settings_t kTable = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_headers_complete = &on_headers_complete;
    s.on_header_value_complete = &on_header_value_complete;
    s.on_header_field = &on_trailer;
    s.on_body = &on_body;
    s.on_chunk_header = &on_chunk_header;
    s.on_chunk_extension_name = &on_chunk_extension;
    s.on_chunk_complete = &on_chunk_complete;
    s.on_message_complete = &on_message_complete;
    return s;
  }();
  return kTable;
}

void LlhttpMessage::start() {
  llhttp_reset(&parser_);
  reading_ = {};
  slice_ = {};
  body_total_ = 0;
  framing_run_ = 0;
  failure_ = ParseError::None;
  no_body_ = in_body_ = chunk_header_seen_ = after_last_chunk_ = complete_ = false;
}

int LlhttpMessage::on_headers_complete(llhttp_t* parser) noexcept {
  LlhttpMessage& message = self(parser);
  SecondReading& reading = message.reading_;
  reading.chunked = (parser->flags & F_CHUNKED) != 0;
  if ((parser->flags & F_CONTENT_LENGTH) != 0) reading.content_length = parser->content_length;
  reading.keep_alive = llhttp_should_keep_alive(parser) != 0;
  reading.status = parser->status_code;
  message.in_body_ = true;
  return message.no_body_ ? 1 : 0;
}

int LlhttpMessage::on_header_value_complete(llhttp_t* parser) noexcept {
  ++self(parser).reading_.fields;
  return 0;
}

int LlhttpMessage::on_trailer(llhttp_t* parser, const char*, std::size_t) noexcept {
  LlhttpMessage& message = self(parser);
  if (!message.in_body_) return 0;
  message.failure_ = ParseError::TrailersNotAllowed;
  return -1;
}

int LlhttpMessage::on_body(llhttp_t* parser, const char* at, std::size_t size) noexcept {
  self(parser).slice_ = {reinterpret_cast<const std::uint8_t*>(at), size};
  return 0;
}

int LlhttpMessage::on_chunk_header(llhttp_t* parser) noexcept {
  self(parser).chunk_header_seen_ = true;
  return HPE_PAUSED;
}

int LlhttpMessage::on_chunk_extension(llhttp_t* parser, const char*, std::size_t) noexcept {
  self(parser).failure_ = ParseError::BadChunk;
  return -1;
}

int LlhttpMessage::on_chunk_complete(llhttp_t* parser) noexcept {
  // The last one is followed at once by on_message_complete, which would wait for a byte that may never come.
  return self(parser).after_last_chunk_ ? 0 : HPE_PAUSED;
}

int LlhttpMessage::on_message_complete(llhttp_t* parser) noexcept {
  self(parser).complete_ = true;
  return HPE_PAUSED;
}

std::size_t LlhttpMessage::execute(std::span<const std::uint8_t> bytes) {
  const char* const begin = reinterpret_cast<const char*>(bytes.data());
  const llhttp_errno_t result = llhttp_execute(&parser_, begin, bytes.size());
  if (result == HPE_OK) return bytes.size();
  if (result == HPE_PAUSED) {
    const char* const position = llhttp_get_error_pos(&parser_);
    llhttp_resume(&parser_);
    return static_cast<std::size_t>(position - begin);
  }
  if (failure_ == ParseError::None)
    failure_ = result == HPE_INVALID_TRANSFER_ENCODING ? ParseError::BadTransferEncoding : ParseError::BadChunk;
  return bytes.size();
}

ParseError LlhttpMessage::read_head(std::string_view head, bool no_body) {
  no_body_ = no_body;
  const std::size_t taken = execute({reinterpret_cast<const std::uint8_t*>(head.data()), head.size()});
  const bool whole = failure_ == ParseError::None && taken == head.size() && in_body_;
  if (!whole && failure_ != ParseError::BadTransferEncoding) failure_ = ParseError::Other;
  return failure_;
}

// Judges what one run took: sizes as soon as they are announced, and framing that never ends.
ParseError LlhttpMessage::check_framing(std::size_t taken, std::uint64_t max_body) {
  if (!reading_.chunked) return ParseError::None;
  framing_run_ += taken - slice_.size();
  if (framing_run_ > kMaxChunkFraming) return ParseError::BadChunk;
  if (!chunk_header_seen_) return ParseError::None;
  chunk_header_seen_ = false;
  framing_run_ = 0;
  after_last_chunk_ = parser_.content_length == 0;
  return parser_.content_length > max_body - body_total_ ? ParseError::BodyTooLarge : ParseError::None;
}

Event LlhttpMessage::read_body(std::span<const std::uint8_t> bytes, std::uint64_t max_body) {
  Event event;
  while (true) {
    if (failure_ != ParseError::None) return error_event(failure_);
    if (complete_) {
      event.kind = Event::Kind::End;
      return event;
    }
    const auto rest = bytes.subspan(event.consumed);
    if (rest.empty()) return event;
    if (after_last_chunk_ && framing_run_ == 0 && rest.front() != '\r') {
      failure_ = ParseError::TrailersNotAllowed;
      continue;
    }
    slice_ = {};
    const std::size_t taken = execute(rest);
    // A failure found here comes after the slice of the same run: it is kept for the next call.
    if (failure_ == ParseError::None) failure_ = check_framing(taken, max_body);
    if (slice_.size() > max_body - body_total_) {
      slice_ = slice_.first(static_cast<std::size_t>(max_body - body_total_));
      failure_ = ParseError::BodyTooLarge;
    }
    event.consumed += taken;
    if (slice_.empty()) continue;
    body_total_ += slice_.size();
    event.kind = Event::Kind::Body;
    event.body = slice_;
    return event;
  }
}

Event LlhttpMessage::finish() {
  if (failure_ != ParseError::None) return error_event(failure_);
  if (!complete_ && (llhttp_finish(&parser_) != HPE_OK && !complete_)) failure_ = ParseError::UnexpectedEnd;
  if (!complete_) failure_ = ParseError::UnexpectedEnd;
  if (failure_ != ParseError::None) return error_event(failure_);
  Event event;
  event.kind = Event::Kind::End;
  return event;
}

}  // namespace saproxy::proxy::http
