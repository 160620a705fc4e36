// The names that registration knows in a content, and how a value gets into a ResourceContent: what JSON, XML and CBOR
// have in common. Every error begins with the name it is about and never holds the value.
// Spec: TS-0004 8.2 (short names)
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "identity/result.h"
#include "policy/resource_content.h"

namespace saproxy::policy {

enum class ContentAttribute : std::uint8_t {
  AppId,
  AeId,
  CseId,
  ResourceId,
  ResourceName,
  ExpirationTime,
  RequestReachability,
  PointsOfAccess,
  DescendantCses,
};

// What a member at the top, or of the wrapper, is.
enum class ContentRoot : std::uint8_t { Ae, RemoteCse, Wrapper, Other };

[[nodiscard]] std::string_view to_text(ContentAttribute attribute);  // the short name
[[nodiscard]] std::string_view to_text(ContentRoot root);            // "m2m:ae", ...

// Exact short names. One that differs in letter case alone is an error: tinyIoT's JSON reader takes the first member
// that fits without regard to case, so it might read another value than we did.
// Nothing: of this writer nobody reads it.
[[nodiscard]] identity::Result<std::optional<ContentAttribute>> find_attribute(std::string_view name, WrittenBy writer);
[[nodiscard]] identity::Result<ContentRoot> find_root(std::string_view local_name);     // "ae"
[[nodiscard]] identity::Result<ContentRoot> find_prefixed_root(std::string_view name);  // "m2m:ae"

// Fails when the content has a resource already. `root` is Ae or RemoteCse.
[[nodiscard]] identity::Result<void> set_type(ResourceContent& content, ContentRoot root);

// Each fails when the attribute takes no such value or is there already, and for a text with a control character.
// Texts are UTF-8.
[[nodiscard]] identity::Result<void> set_text(ResourceContent& content, ContentAttribute attribute,
                                              std::string_view text);
[[nodiscard]] identity::Result<void> set_boolean(ResourceContent& content, ContentAttribute attribute, bool value);
[[nodiscard]] identity::Result<void> begin_list(ResourceContent& content, ContentAttribute attribute);
// After begin_list. Fails when there are as many already as there may be.
[[nodiscard]] identity::Result<void> add_to_list(ResourceContent& content, ContentAttribute attribute,
                                                 std::string_view text);

// Whether the attribute has been set, to just this value.
[[nodiscard]] bool says(const ResourceContent& content, ContentAttribute attribute, std::string_view text);
[[nodiscard]] bool says(const ResourceContent& content, ContentAttribute attribute, bool value);

[[nodiscard]] identity::Error wrong_type(ContentAttribute attribute);

}  // namespace saproxy::policy
