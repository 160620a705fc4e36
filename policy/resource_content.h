// What registration needs of the content of a request or an answer: a few attributes of one <AE> or <remoteCSE>, read
// out of JSON, XML or CBOR. Everything else in the content is looked at only as far as its syntax goes.
// Spec: TS-0004 7.4.4, 7.4.5 (attributes), 8.2 (short names), 8.3 to 8.5 (serialisations); TS-0001 9.6.4, 9.6.5
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/result.h"
#include "policy/primitive.h"

namespace saproxy::policy {

struct ResourceContent {
  std::uint32_t type = 0;                                    // kTypeAe, kTypeRemoteCse; 0: something else
  std::optional<std::string> app_id;                         // api
  std::optional<std::string> ae_id;                          // aei
  std::optional<std::string> cse_id;                         // csi
  std::optional<std::string> resource_id;                    // ri
  std::optional<std::string> resource_name;                  // rn
  std::optional<std::string> expiration_time;                // et, as written
  std::optional<bool> request_reachability;                  // rr
  std::optional<std::vector<std::string>> points_of_access;  // poa
  std::optional<std::vector<std::string>> descendant_cses;   // dcse
};

// Strict: no duplicate names in any object, at most kMaxContentDepth levels, kMaxPointsOfAccess points of access and
// kMaxDescendantCses descendants, valid UTF-8 throughout, no DTD and no entity but the five of XML, nothing after the
// document. An attribute of the wrong type is an error, and so is a text with a control character. The wrapper of rcn=3
// (m2m:rce) is looked through. Never throws. An error names the attribute and what is wrong, never a value. Memory on
// the way is at most about 30 times `content` (XML with an element and a text in every five bytes), some 5 times for
// usual content.
//
// Refused as well is what a CSE might understand differently from us: one of the names above in another letter case, a
// name with a control character, an attribute of XML in a foreign namespace or in pieces around a comment. A poa or
// dcse that is null (an UPDATE that deletes it) reads as an empty list.
//
// What the CSE wrote goes to nobody who could understand it differently. There a name of JSON or CBOR may come again,
// one of those above with the same text or truth value (tinyIoT says csi twice of each <remoteCSE>), and the resource
// may have others beside it (Mobius4 answers rcn=3 without the wrapper); dcse is not looked at.
enum class WrittenBy : std::uint8_t { Registree, Cse };
[[nodiscard]] identity::Result<ResourceContent> read_resource_content(Serialisation serialisation,
                                                                      std::string_view content,
                                                                      WrittenBy writer = WrittenBy::Registree);

inline constexpr std::size_t kMaxContentDepth = 32;
inline constexpr std::size_t kMaxPointsOfAccess = 64;
inline constexpr std::size_t kMaxDescendantCses = 1000;

}  // namespace saproxy::policy
