// Some members of the resource at the top of a content, replaced, and the content written anew by the library that read
// it. Internal to content_translation.cc. The content has passed read_resource_content(): syntax, names that are there
// once, depth.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "identity/result.h"

namespace saproxy::policy {

struct MemberRewriting {
  std::span<const std::string_view> roots;  // local names: "ae"
  std::span<const std::string_view> names;  // "poa"
  // What a member becomes; nothing: it stays. A text alone is a list of one, and becomes a list of one.
  std::function<identity::Result<std::optional<std::vector<std::string>>>(std::string_view name,
                                                                          const std::vector<std::string>& values)>
      edit;
};

// Nothing: no member became another. Fail for a member that is neither a text nor a list of texts (null stays as it
// is), for a root or name in another letter case, and as `edit` does.
[[nodiscard]] identity::Result<std::optional<std::string>> rewrite_json(std::string_view content,
                                                                        const MemberRewriting& rewriting);
[[nodiscard]] identity::Result<std::optional<std::string>> rewrite_xml(std::string_view content,
                                                                       const MemberRewriting& rewriting);
[[nodiscard]] identity::Result<std::optional<std::string>> rewrite_cbor(std::string_view content,
                                                                        const MemberRewriting& rewriting);

// Is `name` one of `wanted`? Fails for one in another letter case: some CSEs would take it.
[[nodiscard]] identity::Result<bool> is_one_of(std::string_view name, std::span<const std::string_view> wanted);
// The same of "m2m:ae" and local names.
[[nodiscard]] identity::Result<bool> is_root(std::string_view prefixed, std::span<const std::string_view> roots);
[[nodiscard]] identity::unexpected<identity::Error> not_texts(std::string_view name);

}  // namespace saproxy::policy
