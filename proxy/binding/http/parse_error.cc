#include <algorithm>
#include <array>
#include <cstddef>

#include "proxy/binding/http/parser.h"

namespace saproxy::proxy::http {
namespace {

struct Meaning {
  ParseError error;
  std::string_view word;
  std::uint16_t status;
  std::string_view sentence;
};

constexpr std::array kMeanings = {
    Meaning{ParseError::None, "none", 400, ""},
    Meaning{ParseError::BadRequestLine, "bad_request_line", 400, "the request line is malformed"},
    Meaning{ParseError::UnknownMethod, "unknown_method", 501, "the method is none that HTTP knows"},
    Meaning{ParseError::BadTarget, "bad_target", 400, "the request target is malformed"},
    Meaning{ParseError::UnsupportedVersion, "unsupported_version", 505, "HTTP/1.1 or HTTP/1.0 is spoken here"},
    Meaning{ParseError::BadHeaderName, "bad_header_name", 400, "the name of a header is malformed"},
    Meaning{ParseError::BadHeaderValue, "bad_header_value", 400, "the value of a header is malformed"},
    Meaning{ParseError::ObsoleteFold, "obsolete_fold", 400, "a header is folded over several lines"},
    Meaning{ParseError::BareControl, "bare_control", 400,
            "a line ends with a bare CR or LF, or holds a control character"},
    Meaning{ParseError::DuplicateHeader, "duplicate_header", 400, "a header that may stand once stands twice"},
    Meaning{ParseError::BothLengths, "both_lengths", 400, "Content-Length and Transfer-Encoding exclude each other"},
    Meaning{ParseError::BadLength, "bad_length", 400, "Content-Length is no number"},
    Meaning{ParseError::BadTransferEncoding, "bad_transfer_encoding", 501, "no Transfer-Encoding but chunked is taken"},
    Meaning{ParseError::BadChunk, "bad_chunk", 400, "a chunk is malformed"},
    Meaning{ParseError::TrailersNotAllowed, "trailers_not_allowed", 400, "trailers after the last chunk are not taken"},
    Meaning{ParseError::HeadTooLarge, "head_too_large", 431, "the request line and headers are too large"},
    Meaning{ParseError::TooManyHeaders, "too_many_headers", 431, "there are too many headers"},
    Meaning{ParseError::BodyTooLarge, "body_too_large", 413, "the body is too large"},
    Meaning{ParseError::MissingHost, "missing_host", 400, "the Host header is missing"},
    Meaning{ParseError::UpgradeNotAllowed, "upgrade_not_allowed", 400,
            "no other protocol is spoken on this connection"},
    Meaning{ParseError::BadStatusLine, "bad_status_line", 400, "the status line is malformed"},
    Meaning{ParseError::UnexpectedEnd, "unexpected_end", 400, "the message ends too early"},
    Meaning{ParseError::Other, "other", 400, "the message is malformed"},
};

constexpr bool in_order() {
  for (std::size_t at = 0; at < kMeanings.size(); ++at)
    if (static_cast<std::size_t>(kMeanings[at].error) != at) return false;
  return kMeanings.size() == static_cast<std::size_t>(ParseError::Other) + 1;
}
static_assert(in_order(), "one row for each error, in the order of the enumeration");

const Meaning& meaning(ParseError error) {
  return kMeanings[std::min(static_cast<std::size_t>(error), kMeanings.size() - 1)];
}

}  // namespace

std::string_view to_text(ParseError error) { return meaning(error).word; }

std::string_view sentence(ParseError error) { return meaning(error).sentence; }

std::uint16_t http_status_of(ParseError error) { return meaning(error).status; }

}  // namespace saproxy::proxy::http
