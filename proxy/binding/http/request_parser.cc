#include <algorithm>
#include <array>

#include "proxy/binding/http/framing.h"
#include "proxy/binding/http/message_reading.h"
#include "proxy/binding/http/syntax.h"

namespace saproxy::proxy::http {
namespace {

struct RequestLine {
  std::string_view method;
  std::string_view target;
  int minor_version = 1;
};

// Methods that are answered with 405 rather than 501: they exist, but oneM2M does not use them.
constexpr std::array<std::string_view, 5> kOtherMethods = {"HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND"};

Method method_of(std::string_view text) {
  if (text == "GET") return Method::Get;
  if (text == "POST") return Method::Post;
  if (text == "PUT") return Method::Put;
  if (text == "DELETE") return Method::Delete;
  return Method::Other;
}

ParseError check_method(std::string_view text) {
  if (!is_token(text)) return ParseError::BadRequestLine;
  if (text == "CONNECT") return ParseError::UpgradeNotAllowed;
  if (method_of(text) != Method::Other) return ParseError::None;
  const bool known = std::find(kOtherMethods.begin(), kOtherMethods.end(), text) != kOtherMethods.end();
  return known ? ParseError::None : ParseError::UnknownMethod;
}

ParseError check_version(std::string_view text, int& minor_version) {
  if (!text.starts_with("HTTP/") || text.size() != 8 || !is_digit(text[5]) || text[6] != '.' || !is_digit(text[7])) {
    return ParseError::BadRequestLine;
  }
  if (text[5] != '1' || text[7] > '1') return ParseError::UnsupportedVersion;
  minor_version = text[7] - '0';
  return ParseError::None;
}

// Spec: RFC 9112 3: method SP request-target SP HTTP-version, one blank each.
ParseError read_request_line(std::string_view line, bool any_target, RequestLine& out) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return ParseError::BadRequestLine;
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, second - first - 1);
  ParseError error = check_version(line.substr(second + 1), out.minor_version);
  if (error == ParseError::None) error = check_method(out.method);
  if (error != ParseError::None) return error;
  const bool known_form = any_target ? !out.target.empty() : out.target.starts_with('/');
  if (!known_form || !is_visible(out.target) || out.target.find('#') != std::string_view::npos)
    return ParseError::BadTarget;
  return ParseError::None;
}

template <bool kAnyTarget>
ParseError check_request_line(std::string_view line) {
  RequestLine ignored;
  return read_request_line(line, kAnyTarget, ignored);
}

// '_' and the rest of the token alphabet are not taken: servers that fold names to CGI variables cannot tell "X_A" from
// "X-A".
constexpr std::array<bool, 256> kNameChars = make_char_set([](char c) { return is_alphanumeric(c) || c == '-'; });

constexpr HeadRules kRules = {&check_request_line<false>, kNameChars, ParseError::BadRequestLine, 2};
constexpr HeadRules kAnyTargetRules = {&check_request_line<true>, kNameChars, ParseError::BadRequestLine, 2};

// Host may be a name or an address with a port, and nothing that reads as more than one of them.
bool is_host(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
  });
}

ParseError check_fields(RequestHead& head) {
  const Field* const host = head.find("Host");
  if (host == nullptr ? head.minor_version >= 1 : host->value.empty()) return ParseError::MissingHost;
  if (host != nullptr && !is_host(host->value)) return ParseError::BadHeaderValue;
  if (head.find("Upgrade") != nullptr) return ParseError::UpgradeNotAllowed;
  if (const Field* const expect = head.find("Expect")) {
    if (!equals_fold(expect->value, "100-continue")) return ParseError::BadHeaderValue;
    head.expects_continue = head.minor_version >= 1;  // RFC 9110 10.1.1
  }
  return ParseError::None;
}

}  // namespace

struct RequestParser::Parts : MessageReading<RequestHead> {
  explicit Parts(const ParseLimits& given)
      : MessageReading(given, given.any_target ? kAnyTargetRules : kRules, HTTP_REQUEST) {}

  ParseError complete_head();
  ParseError read_again();
  Event read_head(std::span<const std::uint8_t> bytes);
};

// Fills the head from the checked lines, then lets llhttp read the same bytes: both must have understood the same
// message.
ParseError RequestParser::Parts::complete_head() {
  RequestLine line;
  if (const ParseError error = read_request_line(lines.first_line(head.storage), limits.any_target, line);
      error != ParseError::None)
    return error;
  head.method_text = line.method;
  head.method = method_of(line.method);
  head.target = line.target;
  head.minor_version = line.minor_version;
  lines.fill(head.storage, head.fields);
  Framing framing;
  if (const ParseError error = read_framing(head.fields, head.minor_version, true, framing); error != ParseError::None)
    return error;
  if (const ParseError error = check_fields(head); error != ParseError::None) return error;
  head.content_length = framing.content_length;
  head.chunked = framing.chunked;
  head.keep_alive = framing.keep_alive;
  if (head.content_length.value_or(0) > limits.max_body) return ParseError::BodyTooLarge;
  if (const ParseError error = read_again(); error != ParseError::None) return error;
  const SecondReading& second = message.reading();
  const bool agreed = second.fields == head.fields.size() && second.content_length == head.content_length &&
                      second.chunked == head.chunked && second.keep_alive == head.keep_alive;
  return agreed ? ParseError::None : ParseError::Other;
}

// llhttp takes no target that is a bare word; what the target is it need not know.
ParseError RequestParser::Parts::read_again() {
  if (head.target.starts_with('/')) return message.read_head(head.storage, false);
  const std::string_view all = head.storage;
  const auto target = static_cast<std::size_t>(head.target.data() - all.data());
  std::string usual(all.substr(0, target));
  usual += '/';
  usual += all.substr(target + head.target.size());
  return message.read_head(usual, false);
}

Event RequestParser::Parts::read_head(std::span<const std::uint8_t> bytes) {
  Event event;
  switch (lines.take(bytes, head.storage, event.consumed)) {
    case HeadLines::Progress::NeedMore: return event;
    case HeadLines::Progress::Failed: return fail(lines.error());
    case HeadLines::Progress::Complete: break;
  }
  if (const ParseError error = complete_head(); error != ParseError::None) return fail(error);
  phase = Phase::Body;
  event.kind = Event::Kind::Head;
  return event;
}

RequestParser::RequestParser(const ParseLimits& limits) : limits_(limits) {}
RequestParser::~RequestParser() = default;

std::vector<std::unique_ptr<RequestParser::Parts>>& RequestParser::spare_parts() {
  static thread_local std::vector<std::unique_ptr<Parts>> spare;
  return spare;
}

Event RequestParser::feed(std::span<const std::uint8_t> bytes) {
  if (!parts_ && (limits_.any_target || spare_parts().empty())) {
    parts_ = std::make_unique<Parts>(limits_);
  } else if (!parts_) {
    parts_ = std::move(spare_parts().back());
    spare_parts().pop_back();
    parts_->limits = limits_;
  }
  Event event;
  switch (parts_->phase) {
    case Parts::Phase::Ended: parts_->start(); [[fallthrough]];
    case Parts::Phase::Head: return parts_->read_head(bytes);
    case Parts::Phase::Body:
      event = parts_->read_body(bytes);
      if (event.kind == Event::Kind::End && !parts_->head.keep_alive) parts_->phase = Parts::Phase::Closed;
      return event;
    case Parts::Phase::Failed: return parts_->fail(parts_->failure);
    case Parts::Phase::Closed: break;
  }
  event.consumed = bytes.size();  // RFC 9112 9.6: nothing after the last message is looked at
  return event;
}

const RequestHead& RequestParser::head() const {
  static const RequestHead kNone;
  return parts_ ? parts_->head : kNone;
}

bool RequestParser::at_message_start() const {
  if (!parts_) return true;
  switch (parts_->phase) {
    case Parts::Phase::Ended:
    case Parts::Phase::Closed: return true;
    case Parts::Phase::Head: return parts_->head.storage.empty();
    case Parts::Phase::Body:
    case Parts::Phase::Failed: return false;
  }
  return false;
}

void RequestParser::rest() {
  constexpr std::size_t kMostSpare = 64;
  constexpr std::size_t kLargestSpare = std::size_t{16} << 10;
  if (!parts_ || limits_.any_target) return;
  const bool fresh = parts_->phase == Parts::Phase::Head && parts_->head.storage.empty() && parts_->lines.untouched();
  if (!fresh && parts_->phase != Parts::Phase::Ended) return;
  if (spare_parts().size() < kMostSpare && parts_->head.storage.capacity() <= kLargestSpare) {
    parts_->start();
    spare_parts().push_back(std::move(parts_));
  }
  parts_.reset();
}

}  // namespace saproxy::proxy::http
