#include "proxy/binding/http/parser.h"

namespace saproxy::proxy::http {

std::string_view to_text(ParseError error) {
  switch (error) {
    case ParseError::None: return "none";
    case ParseError::BadRequestLine: return "bad_request_line";
    case ParseError::UnknownMethod: return "unknown_method";
    case ParseError::BadTarget: return "bad_target";
    case ParseError::UnsupportedVersion: return "unsupported_version";
    case ParseError::BadHeaderName: return "bad_header_name";
    case ParseError::BadHeaderValue: return "bad_header_value";
    case ParseError::ObsoleteFold: return "obsolete_fold";
    case ParseError::BareControl: return "bare_control";
    case ParseError::DuplicateHeader: return "duplicate_header";
    case ParseError::BothLengths: return "both_lengths";
    case ParseError::BadLength: return "bad_length";
    case ParseError::BadTransferEncoding: return "bad_transfer_encoding";
    case ParseError::BadChunk: return "bad_chunk";
    case ParseError::TrailersNotAllowed: return "trailers_not_allowed";
    case ParseError::HeadTooLarge: return "head_too_large";
    case ParseError::TooManyHeaders: return "too_many_headers";
    case ParseError::BodyTooLarge: return "body_too_large";
    case ParseError::MissingHost: return "missing_host";
    case ParseError::UpgradeNotAllowed: return "upgrade_not_allowed";
    case ParseError::BadStatusLine: return "bad_status_line";
    case ParseError::UnexpectedEnd: return "unexpected_end";
    case ParseError::Other: return "other";
  }
  return "other";
}

std::uint16_t http_status_of(ParseError error) {
  switch (error) {
    case ParseError::BodyTooLarge: return 413;
    case ParseError::HeadTooLarge:
    case ParseError::TooManyHeaders: return 431;
    case ParseError::UnknownMethod:
    case ParseError::BadTransferEncoding: return 501;
    case ParseError::UnsupportedVersion: return 505;
    case ParseError::None:
    case ParseError::BadRequestLine:
    case ParseError::BadTarget:
    case ParseError::BadHeaderName:
    case ParseError::BadHeaderValue:
    case ParseError::ObsoleteFold:
    case ParseError::BareControl:
    case ParseError::DuplicateHeader:
    case ParseError::BothLengths:
    case ParseError::BadLength:
    case ParseError::BadChunk:
    case ParseError::TrailersNotAllowed:
    case ParseError::MissingHost:
    case ParseError::UpgradeNotAllowed:
    case ParseError::BadStatusLine:
    case ParseError::UnexpectedEnd:
    case ParseError::Other: return 400;
  }
  return 400;
}

}  // namespace saproxy::proxy::http
