#include "policy/content_attributes.h"

#include <array>
#include <string>

#include "identity/domain_name.h"
#include "policy/utf8.h"

namespace saproxy::policy {
namespace {

using identity::Error;
using identity::ErrorCode;
using identity::fail;
using identity::Result;
using identity::unexpected;

struct NamedAttribute {
  std::string_view name;
  ContentAttribute attribute;
};
constexpr std::array kAttributes = {
    NamedAttribute{"api", ContentAttribute::AppId},
    NamedAttribute{"aei", ContentAttribute::AeId},
    NamedAttribute{"csi", ContentAttribute::CseId},
    NamedAttribute{"ri", ContentAttribute::ResourceId},
    NamedAttribute{"rn", ContentAttribute::ResourceName},
    NamedAttribute{"et", ContentAttribute::ExpirationTime},
    NamedAttribute{"rr", ContentAttribute::RequestReachability},
    NamedAttribute{"poa", ContentAttribute::PointsOfAccess},
    NamedAttribute{"dcse", ContentAttribute::DescendantCses},
};

struct NamedRoot {
  std::string_view name;
  ContentRoot root;
};
constexpr std::array kRoots = {
    NamedRoot{"m2m:ae", ContentRoot::Ae},
    NamedRoot{"m2m:csr", ContentRoot::RemoteCse},
    NamedRoot{"m2m:rce", ContentRoot::Wrapper},
};
constexpr std::size_t kPrefixSize = 4;  // "m2m:"
constexpr std::string_view kOtherCase = "the name is written in another letter case";

Error about(std::string_view name, std::string_view what) {
  return {ErrorCode::BadSyntax, std::string(name) + ": " + std::string(what)};
}

Error about(ContentAttribute attribute, std::string_view what) { return about(to_text(attribute), what); }

// Content: ResourceContent, or const.
template <class Content>
auto text_member(Content& content, ContentAttribute attribute) -> decltype(&content.app_id) {
  switch (attribute) {
    case ContentAttribute::AppId: return &content.app_id;
    case ContentAttribute::AeId: return &content.ae_id;
    case ContentAttribute::CseId: return &content.cse_id;
    case ContentAttribute::ResourceId: return &content.resource_id;
    case ContentAttribute::ResourceName: return &content.resource_name;
    case ContentAttribute::ExpirationTime: return &content.expiration_time;
    case ContentAttribute::RequestReachability:
    case ContentAttribute::PointsOfAccess:
    case ContentAttribute::DescendantCses: return nullptr;
  }
  return nullptr;
}

struct ListMember {
  std::optional<std::vector<std::string>>* values;  // null: it is no list
  std::size_t most;
};
ListMember list_member(ResourceContent& content, ContentAttribute attribute) {
  if (attribute == ContentAttribute::PointsOfAccess) return {&content.points_of_access, kMaxPointsOfAccess};
  if (attribute == ContentAttribute::DescendantCses) return {&content.descendant_cses, kMaxDescendantCses};
  return {nullptr, 0};
}

// `skip`: how many letters of the known names `name` does without.
Result<ContentRoot> root_named(std::string_view name, std::size_t skip) {
  for (const NamedRoot& known : kRoots) {
    const std::string_view wanted = known.name.substr(skip);
    if (name == wanted) return known.root;
    if (identity::equals_ignoring_case(name, wanted)) return unexpected(about(known.name, kOtherCase));
  }
  return ContentRoot::Other;
}

}  // namespace

std::string_view to_text(ContentAttribute attribute) {
  for (const NamedAttribute& known : kAttributes) {
    if (known.attribute == attribute) return known.name;
  }
  return "attribute";
}

std::string_view to_text(ContentRoot root) {
  for (const NamedRoot& known : kRoots) {
    if (known.root == root) return known.name;
  }
  return "resource";
}

Result<std::optional<ContentAttribute>> find_attribute(std::string_view name, WrittenBy writer) {
  for (const NamedAttribute& known : kAttributes) {
    if (known.attribute == ContentAttribute::DescendantCses && writer == WrittenBy::Cse) continue;
    if (name == known.name) return known.attribute;
    if (identity::equals_ignoring_case(name, known.name)) return unexpected(about(known.name, kOtherCase));
  }
  return std::optional<ContentAttribute>{};
}

Result<ContentRoot> find_root(std::string_view local_name) { return root_named(local_name, kPrefixSize); }

Result<ContentRoot> find_prefixed_root(std::string_view name) { return root_named(name, 0); }

Result<void> set_type(ResourceContent& content, ContentRoot root) {
  if (content.type != 0) return unexpected(about(to_text(root), "there is another resource beside it"));
  content.type = root == ContentRoot::Ae ? kTypeAe : kTypeRemoteCse;
  return {};
}

Result<void> set_text(ResourceContent& content, ContentAttribute attribute, std::string_view text) {
  std::optional<std::string>* member = text_member(content, attribute);
  if (member == nullptr) return unexpected(wrong_type(attribute));
  if (member->has_value()) return unexpected(about(attribute, "is there twice"));
  if (has_control_character(text)) return unexpected(about(attribute, "has a control character"));
  member->emplace(text);
  return {};
}

Result<void> set_boolean(ResourceContent& content, ContentAttribute attribute, bool value) {
  if (attribute != ContentAttribute::RequestReachability) return unexpected(wrong_type(attribute));
  if (content.request_reachability) return unexpected(about(attribute, "is there twice"));
  content.request_reachability = value;
  return {};
}

bool says(const ResourceContent& content, ContentAttribute attribute, std::string_view text) {
  const std::optional<std::string>* member = text_member(content, attribute);
  return member != nullptr && *member == text;
}

bool says(const ResourceContent& content, ContentAttribute attribute, bool value) {
  return attribute == ContentAttribute::RequestReachability && content.request_reachability == value;
}

Result<void> begin_list(ResourceContent& content, ContentAttribute attribute) {
  const ListMember list = list_member(content, attribute);
  if (list.values == nullptr) return unexpected(wrong_type(attribute));
  if (list.values->has_value()) return unexpected(about(attribute, "is there twice"));
  list.values->emplace();
  return {};
}

Result<void> add_to_list(ResourceContent& content, ContentAttribute attribute, std::string_view text) {
  const ListMember list = list_member(content, attribute);
  if (list.values == nullptr || !list.values->has_value()) return unexpected(wrong_type(attribute));
  if ((*list.values)->size() == list.most) {
    return fail(ErrorCode::OutOfRange,
                std::string(to_text(attribute)) + ": has more than " + std::to_string(list.most) + " entries");
  }
  if (has_control_character(text)) return unexpected(about(attribute, "has an entry with a control character"));
  (*list.values)->emplace_back(text);
  return {};
}

Error wrong_type(ContentAttribute attribute) {
  if (attribute == ContentAttribute::PointsOfAccess || attribute == ContentAttribute::DescendantCses)
    return about(attribute, "is not a list of texts");
  if (attribute == ContentAttribute::RequestReachability) return about(attribute, "is not true or false");
  return about(attribute, "is not a text");
}

}  // namespace saproxy::policy
