#include "proxy/binding/http/header_rules.h"

#include <algorithm>
#include <array>

#include "proxy/binding/http/framing.h"
#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {
namespace {

// All lists are of folded names.
constexpr std::array<std::string_view, 9> kReservedNames = {"clientcert",     "clientcertchain", "clientcertificate",
                                                            "forwarded",      "remoteuser",      "trueclientip",
                                                            "cfconnectingip", "xrealip",         "xoriginatingip"};
constexpr std::array<std::string_view, 7> kReservedPrefixes = {"xforwarded", "xssl",    "xclient", "xtls",
                                                               "sslclient",  "xremote", "xarr"};
constexpr std::array<std::string_view, 5> kIdentityNames = {"credentialid", "entity", "identities", "saef",
                                                            "association"};
constexpr std::array<std::string_view, 8> kHopByHopNames = {
    "connection", "keepalive", "te", "trailer", "trailers", "transferencoding", "upgrade", "http2settings"};
// The last is From in a spelling that we do not read, and another server might.
constexpr std::array<std::string_view, 9> kOverrideNames = {"xhttpmethod",  "xhttpmethodoverride", "xmethodoverride",
                                                            "xoriginalurl", "xrewriteurl",         "xoriginalmethod",
                                                            "xoriginaluri", "xoverrideurl",        "xm2morigin"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view folded) {
  return std::find(names.begin(), names.end(), folded) != names.end();
}

// The five names under the prefix hold even for a prefix without a letter.
bool is_identity_header(std::string_view prefix, std::string_view folded) {
  return prefix.empty() ? is_one_of(kIdentityNames, folded) : folded.starts_with(prefix);
}

// `prefix` folded, too.
bool is_reserved(std::string_view prefix, std::string_view folded) {
  return is_identity_header(prefix, folded) || is_one_of(kReservedNames, folded) ||
         std::any_of(kReservedPrefixes.begin(), kReservedPrefixes.end(),
                     [&](std::string_view p) { return folded.starts_with(p); });
}

bool is_one_hop(std::string_view folded) { return is_one_of(kHopByHopNames, folded) || folded.starts_with("proxy"); }

// True when some Connection field says more than close and keep-alive.
bool nominates_any(const std::vector<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    return equals_fold(field.name, "Connection") && !equals_fold(field.value, "close") &&
           !equals_fold(field.value, "keep-alive");
  });
}

}  // namespace

bool is_reserved_header(const policy::HeaderSettings& settings, std::string_view name) {
  return is_reserved(FoldedName(settings.prefix).view(), FoldedName(name).view());
}

bool is_hop_by_hop(std::string_view name) { return is_one_hop(FoldedName(name).view()); }

bool is_override(std::string_view name) { return is_one_of(kOverrideNames, FoldedName(name).view()); }

HeaderFilter::HeaderFilter(const policy::HeaderSettings& settings, const std::vector<Field>& fields)
    : prefix_(settings.prefix), fields_(fields), has_nominations_(nominates_any(fields)) {}

bool HeaderFilter::passes(const Field& field) const {
  if (field.value.empty()) return false;
  const FoldedName name(field.name);
  return !is_one_hop(name.view()) && name.view() != "contentlength" && !is_reserved(prefix_.view(), name.view()) &&
         !(has_nominations_ && is_nominated(fields_, field.name));
}

}  // namespace saproxy::proxy::http
