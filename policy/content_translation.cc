#include "policy/content_translation.h"

#include <algorithm>
#include <array>

#include "identity/domain_name.h"
#include "policy/content_rewriting.h"

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using Texts = std::vector<std::string>;

namespace {

constexpr std::array<std::string_view, 1> kPoints = {"poa"};
constexpr std::array<std::string_view, 2> kTargets = {"nu", "su"};
constexpr std::array<std::string_view, 2> kRegistrees = {"ae", "csr"};
constexpr std::array<std::string_view, 1> kBase = {"cb"};
constexpr std::array<std::string_view, 1> kCseId = {"csi"};
constexpr std::array<std::string_view, 1> kSubscription = {"sub"};

Result<std::optional<std::string>> rewrite(Serialisation serialisation, std::string_view content,
                                           const MemberRewriting& rewriting) {
  switch (serialisation) {
    case Serialisation::Json: return rewrite_json(content, rewriting);
    case Serialisation::Xml: return rewrite_xml(content, rewriting);
    case Serialisation::Cbor: return rewrite_cbor(content, rewriting);
  }
  return fail(ErrorCode::Unsupported, "the serialisation is not known");
}

Result<std::optional<std::string>> replace_points(Serialisation serialisation, std::string_view content,
                                                  std::span<const std::string_view> roots, const Texts& points) {
  return rewrite(serialisation, content,
                 {roots, kPoints, [&points](std::string_view, const Texts&) -> Result<std::optional<Texts>> {
                    return std::optional<Texts>(points);
                  }});
}

// Counted from 1, and never the text: it goes into answers and logs.
std::string entry(std::string_view name, std::size_t index) {
  return std::string(name) + ": entry " + std::to_string(index + 1) + ": ";
}

// Of an entry that goes to the CSE as it is.
Result<void> check_unserved(std::string_view name, const Texts& values, std::size_t index,
                            const TranslationRules& rules) {
  constexpr bool kPlain = true;
  if (!rules.refuse_plain || !is_served(scheme_of(values[index]), kPlain)) return {};
  return fail(ErrorCode::NotPermitted, entry(name, index) + "addresses in the clear are not taken here");
}

Result<std::optional<Texts>> local_targets(std::string_view name, const Texts& values, const TranslationRules& rules,
                                           const LocalTargetOf& local_of) {
  if (values.size() > kMaxPointsOfAccess)
    return fail(ErrorCode::OutOfRange, std::string(name) + ": has more than 64 entries");
  Texts edited = values;
  bool changed = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!is_served(scheme_of(values[i]), rules.plain)) {
      SAPROXY_TRY_VOID(check_unserved(name, values, i, rules));
      continue;
    }
    const auto parsed = PointOfAccess::parse(values[i], UriQuery::Allowed);
    if (!parsed) return fail(parsed.error().code, entry(name, i) + parsed.error().detail);
    auto local = local_of(values[i], *parsed);
    if (!local) return fail(local.error().code, entry(name, i) + local.error().detail);
    if (!*local) continue;
    edited[i] = **std::move(local);
    changed = true;
  }
  return changed ? std::optional(std::move(edited)) : std::nullopt;
}

}  // namespace

Result<bool> needs_local_address(const Texts& points_of_access, const TranslationRules& rules) {
  bool needed = false;
  for (std::size_t i = 0; i < points_of_access.size(); ++i) {
    if (!is_served(scheme_of(points_of_access[i]), rules.plain)) continue;
    const auto parsed = PointOfAccess::parse(points_of_access[i]);
    if (!parsed) return fail(parsed.error().code, entry("poa", i) + parsed.error().detail);
    needed = true;
  }
  for (std::size_t i = 0; !needed && i < points_of_access.size(); ++i)
    SAPROXY_TRY_VOID(check_unserved("poa", points_of_access, i, rules));
  if (needed && points_of_access.size() > rules.max_points_of_access)
    return fail(ErrorCode::OutOfRange, "poa: has more than " + std::to_string(rules.max_points_of_access) + " entries");
  return needed;
}

Result<std::optional<std::string>> translate_points_of_access(Serialisation serialisation, std::string_view content,
                                                              const ResourceContent& read,
                                                              const TranslationRules& rules,
                                                              std::string_view local_address) {
  if (!read.points_of_access) return std::optional<std::string>{};
  SAPROXY_TRY(const bool needed, needs_local_address(*read.points_of_access, rules));
  if (!needed) return std::optional<std::string>{};
  SAPROXY_TRY(auto written, replace_points(serialisation, content, kRegistrees, {std::string(local_address)}));
  // The reader looks through the wrapper of an answer (m2m:rce), which no request has.
  if (!written) return fail(ErrorCode::BadSyntax, "poa: stands in a wrapper");
  return written;
}

Result<std::optional<std::string>> replace_base_points_of_access(Serialisation serialisation, std::string_view content,
                                                                 const identity::CseId& cse, const Texts& points) {
  SAPROXY_TRY_VOID(read_resource_content(serialisation, content));
  bool is_its_base = false;
  const auto look = [&](std::string_view, const Texts& values) -> Result<std::optional<Texts>> {
    const auto named = values.size() == 1 ? identity::CseId::parse(values.front()) : fail(ErrorCode::BadSyntax, "csi");
    is_its_base = named && *named == cse;
    return std::optional<Texts>{};
  };
  SAPROXY_TRY_VOID(rewrite(serialisation, content, {kBase, kCseId, look}));
  if (!is_its_base) return std::optional<std::string>{};
  return replace_points(serialisation, content, kBase, points);
}

Result<std::optional<std::string>> translate_notification_targets(Serialisation serialisation, std::string_view content,
                                                                  const TranslationRules& rules,
                                                                  const LocalTargetOf& local_of) {
  SAPROXY_TRY_VOID(read_resource_content(serialisation, content));
  return rewrite(serialisation, content, {kSubscription, kTargets, [&](std::string_view name, const Texts& values) {
                                            return local_targets(name, values, rules, local_of);
                                          }});
}

Result<bool> is_one_of(std::string_view name, std::span<const std::string_view> wanted) {
  for (const std::string_view one : wanted) {
    if (name == one) return true;
    if (identity::equals_ignoring_case(name, one))
      return fail(ErrorCode::BadSyntax, std::string(one) + ": the name is written in another letter case");
  }
  return false;
}

Result<bool> is_root(std::string_view prefixed, std::span<const std::string_view> roots) {
  const std::string_view prefix = prefixed.substr(0, std::min<std::size_t>(4, prefixed.size()));
  if (!identity::equals_ignoring_case(prefix, "m2m:")) return false;
  SAPROXY_TRY(const bool known, is_one_of(prefixed.substr(4), roots));
  if (known && prefix != "m2m:") return fail(ErrorCode::BadSyntax, "m2m: is written in another letter case");
  return known;
}

identity::unexpected<identity::Error> not_texts(std::string_view name) {
  return fail(ErrorCode::BadSyntax, std::string(name) + ": is not a list of texts");
}

}  // namespace saproxy::policy
