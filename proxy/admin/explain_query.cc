#include "proxy/admin/explain_query.h"

#include <array>
#include <limits>
#include <utility>

#include "proxy/binding/http/syntax.h"
#include "proxy/binding/http/target.h"

namespace saproxy::proxy {
namespace {

using policy::ExplainRequest;
using Text = std::optional<std::string> ExplainRequest::*;
using Number = std::optional<std::uint32_t> ExplainRequest::*;

constexpr std::array kTexts = {std::pair<std::string_view, Text>{"from", &ExplainRequest::from},
                               std::pair<std::string_view, Text>{"rqet", &ExplainRequest::request_expiration},
                               std::pair<std::string_view, Text>{"content-id", &ExplainRequest::content_id},
                               std::pair<std::string_view, Text>{"app-id", &ExplainRequest::app_id}};
constexpr std::array kNumbers = {std::pair<std::string_view, Number>{"ty", &ExplainRequest::resource_type},
                                 std::pair<std::string_view, Number>{"rcn", &ExplainRequest::result_content}};

void append(std::string& query, std::string_view name, std::string_view value) {
  if (!query.empty()) query += '&';
  query.append(name).append("=").append(http::percent_encode(value));
}

// Everything that was written, each name once.
struct Written {
  ExplainRequest request;
  std::optional<std::string> credential, to, listener;
  std::optional<policy::Operation> operation;

  bool take(std::string_view name, std::string value) {
    for (const auto& [known, member] : kTexts)
      if (name == known) return set(request.*member, std::move(value));
    for (const auto& [known, member] : kNumbers) {
      if (name != known) continue;
      const auto number = http::parse_decimal(value);
      if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return false;
      return set(request.*member, static_cast<std::uint32_t>(*number));
    }
    if (name == "credential") return set(credential, std::move(value));
    if (name == "to") return set(to, std::move(value));
    if (name == "listener") return set(listener, std::move(value));
    const auto read = name == "op" ? policy::parse_operation(value) : std::nullopt;
    return read && set(operation, *read);
  }

  template <class T>
  static bool set(std::optional<T>& member, T value) {
    if (member) return false;
    member = std::move(value);
    return true;
  }
};

}  // namespace

std::string explain_query(const ExplainQuestion& question) {
  const ExplainRequest& request = question.request;
  std::string query;
  append(query, "credential", request.credential_id);
  append(query, "op", policy::to_text(request.operation));
  append(query, "to", request.to);
  if (!question.listener.empty()) append(query, "listener", question.listener);
  for (const auto& [name, member] : kTexts)
    if (request.*member) append(query, name, *(request.*member));
  for (const auto& [name, member] : kNumbers)
    if (request.*member) append(query, name, std::to_string(*(request.*member)));
  return query;
}

std::optional<ExplainQuestion> parse_explain_query(std::string_view query) {
  Written written;
  while (true) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const auto equals = pair.find('=');
    if (equals == pair.npos) return std::nullopt;
    auto value = http::percent_decode(pair.substr(equals + 1));
    if (!value || !written.take(pair.substr(0, equals), *std::move(value))) return std::nullopt;
    if (pair.size() == query.size()) break;
    query.remove_prefix(pair.size() + 1);
  }
  if (!written.credential || !written.to || !written.operation) return std::nullopt;
  ExplainQuestion question{std::move(written.request), written.listener.value_or("")};
  question.request.credential_id = *std::move(written.credential);
  question.request.to = *std::move(written.to);
  question.request.operation = *written.operation;
  return question;
}

}  // namespace saproxy::proxy
