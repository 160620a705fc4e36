// Result<T>: how everything that can fail because of input or the world reports it.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace saproxy::identity {

// What kind of thing went wrong; the sentence for people is in Error::detail.
enum class ErrorCode {
  BadSyntax,     // text or bytes do not follow their grammar
  OutOfRange,    // well-formed, but larger or smaller than allowed
  WrongLength,   // a fixed-size value has another size
  Unsupported,   // well-formed, but a kind that is not handled
  NotFound,      // something that is named does not exist
  IsFolder,      // a folder where a file was named
  Conflict,      // two inputs contradict each other
  NotPermitted,  // a file or object may not be used as it is (permissions, expired, revoked)
  Failed,        // a library or the system reported a failure
};

struct Error {
  ErrorCode code = ErrorCode::Failed;
  std::string detail;  // what was wrong and what to do; never a secret
};

template <class T, class E = Error>
using Result = tl::expected<T, E>;

using tl::unexpected;

inline tl::unexpected<Error> fail(ErrorCode code, std::string detail) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}

}  // namespace saproxy::identity

#define SAPROXY_CONCAT_INNER(a, b) a##b
#define SAPROXY_CONCAT(a, b) SAPROXY_CONCAT_INNER(a, b)

// SAPROXY_TRY(const Type name, expression): declares `name` from the Result, or returns its error to the caller.
#define SAPROXY_TRY(declaration, expression)                                                  \
  auto SAPROXY_CONCAT(saproxy_result_, __LINE__) = (expression);                              \
  if (!SAPROXY_CONCAT(saproxy_result_, __LINE__))                                             \
    return tl::make_unexpected(std::move(SAPROXY_CONCAT(saproxy_result_, __LINE__)).error()); \
  declaration = *std::move(SAPROXY_CONCAT(saproxy_result_, __LINE__))  // NOLINT(bugprone-macro-parentheses)

// SAPROXY_TRY_VOID(expression): the same for a Result<void>.
#define SAPROXY_TRY_VOID(expression)                                                    \
  do {                                                                                  \
    auto saproxy_result = (expression);                                                 \
    if (!saproxy_result) return tl::make_unexpected(std::move(saproxy_result).error()); \
  } while (false)
