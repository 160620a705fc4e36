// Points of access on their way to the CSE: in CREATE and UPDATE of <AE>, <remoteCSE> and <subscription>, what only SA2
// can reach becomes a local address. The content is written anew by the library that read it; every other value stays.
//
//   registree ── poa: what it wrote ──▶ translate_points_of_access ──▶ CSE: one local address, or byte for byte
//   registree ◀── what it wrote ── AnswerTranslator ◀── CSE
//
// What our own CSE sends to its registrar goes through AnswerTranslator instead: its own points of access become the
// public ones there.
// Spec: TS-0004 7.3.3.9.1, 7.4.4, 7.4.5, 7.4.8
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "identity/entity_id.h"
#include "identity/result.h"
#include "policy/egress_settings.h"
#include "policy/point_of_access.h"
#include "policy/primitive.h"
#include "policy/resource_content.h"

namespace saproxy::policy {

// Which entries are translated, out of EgressSettings.
struct TranslationRules {
  bool plain = false;
  std::uint32_t max_points_of_access = 8;
  bool refuse_plain = false;
  static TranslationRules of(const EgressSettings& settings) {
    return {settings.plain, settings.max_points_of_access, settings.refuse_plain};
  }
};

// Does the list hold an entry that SA2 serves? Fails when such an entry is malformed, saying which and how, and for
// more entries than allowed if one of them is served, and for a plain one that would be left to the CSE where that is
// refused: the registree gets 4000.
[[nodiscard]] identity::Result<bool> needs_local_address(const std::vector<std::string>& points_of_access,
                                                         const TranslationRules& rules);

// `content` was read into `read`, which is an <AE> or <remoteCSE>. Nothing: it goes on byte for byte (no poa, an empty
// one, nothing that is served). Otherwise the content for the CSE, whose poa is `local_address` alone; the original
// list is read.points_of_access. Fails as needs_local_address() does, and when the content cannot be written.
[[nodiscard]] identity::Result<std::optional<std::string>> translate_points_of_access(Serialisation serialisation,
                                                                                      std::string_view content,
                                                                                      const ResourceContent& read,
                                                                                      const TranslationRules& rules,
                                                                                      std::string_view local_address);

// Replaces the poa of the <CSEBase> of `cse` by `points`: what a CSE gets to see of its registrar that follows what it
// finds there. Nothing when the content is none, or another's (its csi says whose), or has no poa.
// Spec: TS-0001 9.6.3; facts of CSEs (tinyIoT and ACME forward to the registrar's poa)
[[nodiscard]] identity::Result<std::optional<std::string>> replace_base_points_of_access(
    Serialisation serialisation, std::string_view content, const identity::CseId& cse,
    const std::vector<std::string>& points);

// The local address for one direct URL; nothing: it stays as it is; or why there is none: the originator gets 4000,
// with the name and number of the entry before it.
using LocalTargetOf =
    std::function<identity::Result<std::optional<std::string>>(std::string_view url, const PointOfAccess& parsed)>;

// nu and su of a <subscription>: each direct URL that SA2 serves is replaced by what `local_of` gives for it; a query
// stays on the local address if local_of puts it there (LocalAddresses::address_of). Resource addresses (CSE-relative,
// "/cse/...", "//sp/...") and other schemes stay. Nothing: byte for byte. The content is read as strictly as by
// read_resource_content(); fails for that, for a served URL that is malformed, for more than kMaxPointsOfAccess entries
// and for nu or su in another letter case.
[[nodiscard]] identity::Result<std::optional<std::string>> translate_notification_targets(
    Serialisation serialisation, std::string_view content, const TranslationRules& rules,
    const LocalTargetOf& local_of);

}  // namespace saproxy::policy
