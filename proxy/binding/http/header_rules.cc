#include "proxy/binding/http/header_rules.h"

#include <algorithm>
#include <array>

#include "proxy/binding/http/framing.h"
#include "proxy/binding/http/syntax.h"
#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {
namespace {

// Walks a name as the most generous server would read it: letters and digits only, in lower case.
class FoldedName {
 public:
  explicit FoldedName(std::string_view name) : rest_(name) {}
  // The next character; 0 at the end.
  char next() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (is_alphanumeric(c)) return to_lower(c);
    }
    return 0;
  }

 private:
  std::string_view rest_;
};

enum class Match { No, Prefix, Whole };

// How `pattern` compares with the beginning of `name`, both folded.
Match fold_match(std::string_view name, std::string_view pattern) {
  FoldedName left(name);
  FoldedName right(pattern);
  while (true) {
    const char expected = right.next();
    const char c = left.next();
    if (expected == 0) return c == 0 ? Match::Whole : Match::Prefix;
    if (c != expected) return Match::No;
  }
}

bool is_whole(std::string_view name, std::string_view pattern) { return fold_match(name, pattern) == Match::Whole; }
bool has_prefix(std::string_view name, std::string_view pattern) { return fold_match(name, pattern) != Match::No; }

constexpr std::array<std::string_view, 9> kReservedNames = {
    "Client-Cert", "Client-Cert-Chain", "Client-Certificate", "Forwarded",    "Remote-User",
    "True-Client-IP", "CF-Connecting-IP", "X-Real-IP",        "X-Originating-IP"};
constexpr std::array<std::string_view, 8> kReservedPrefixes = {"X-Forwarded-", "X-SSL-",   "X-Client-", "X-TLS-",
                                                               "SSL-Client-",  "X-Remote-", "X-ARR-",    "X-Forwarded"};

// The five names under the prefix hold even for a prefix without a letter.
bool is_identity_header(const policy::HeaderSettings& settings, std::string_view name) {
  if (FoldedName(settings.prefix).next() != 0) return has_prefix(name, settings.prefix);
  constexpr std::array<std::string_view, 5> kNames = {"Credential-ID", "Entity", "Identities", "SAEF", "Association"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view n) { return is_whole(name, n); });
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view n) { return is_whole(name, n); });
}

}  // namespace

bool is_reserved_header(const policy::HeaderSettings& settings, std::string_view name) {
  return is_identity_header(settings, name) || is_one_of(kReservedNames, name) ||
         std::any_of(kReservedPrefixes.begin(), kReservedPrefixes.end(), [&](std::string_view p) { return has_prefix(name, p); });
}

bool is_hop_by_hop(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {"Connection", "Keep-Alive",        "TE",      "Trailer",
                                                      "Trailers",   "Transfer-Encoding", "Upgrade", "HTTP2-Settings"};
  return is_one_of(kNames, name) || has_prefix(name, "Proxy-");
}

bool is_override(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {"X-HTTP-Method",  "X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL",
                                                      "X-Rewrite-URL", "X-Original-Method",      "X-Original-URI",    "X-Override-URL"};
  return is_one_of(kNames, name);
}

bool may_pass(const policy::HeaderSettings& settings, const std::vector<Field>& fields, const Field& field) {
  return !field.value.empty() && !is_hop_by_hop(field.name) && !is_whole(field.name, "Content-Length") &&
         !is_reserved_header(settings, field.name) && !is_nominated(fields, field.name);
}

}  // namespace saproxy::proxy::http
