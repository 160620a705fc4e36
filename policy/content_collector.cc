#include "policy/content_collector.h"

#include <algorithm>
#include <string>

#include "policy/utf8.h"

namespace saproxy::policy {

using identity::Error;
using identity::ErrorCode;
using identity::fail;
using identity::Result;
using identity::unexpected;

// True where any value may stand, because nobody reads it.
bool ContentCollector::ignores_value() {
  const Level& level = innermost();
  switch (level.place) {
    case Place::Ignored: return true;
    case Place::Top: return level.root == ContentRoot::Other;
    // A wrapper inside the wrapper is no resource of ours.
    case Place::Wrapper: return level.root == ContentRoot::Other || level.root == ContentRoot::Wrapper;
    case Place::Resource: return !level.attribute;
    case Place::Document:
    case Place::List: return false;
  }
  return false;
}

// Why the value that comes now cannot stand here; only where ignores_value() is false.
Error ContentCollector::misplaced() {
  const Level& level = innermost();
  if (level.place == Place::List)
    return {ErrorCode::BadSyntax, std::string(to_text(list_)) + ": has an entry that is not a text"};
  if (level.attribute) return wrong_type(*level.attribute);
  if (level.place == Place::Document) return {ErrorCode::BadSyntax, "the content is not an object"};
  return {ErrorCode::BadSyntax, std::string(to_text(level.root)) + ": is not an object"};
}

Result<void> ContentCollector::open(Place place, bool is_object) {
  if (depth_ == kMaxContentDepth) {
    return fail(ErrorCode::OutOfRange, "it is nested deeper than " + std::to_string(kMaxContentDepth) + " levels");
  }
  levels_[++depth_] = Level{place, is_object, ContentRoot::Other, std::nullopt, names_.size()};
  return {};
}

Result<void> ContentCollector::open_resource(ContentRoot root) {
  SAPROXY_TRY_VOID(set_type(content_, root));
  return open(Place::Resource, true);
}

Result<void> ContentCollector::begin_object() {
  if (ignores_value()) return open(Place::Ignored, true);
  const Level& level = innermost();
  switch (level.place) {
    case Place::Document: return open(Place::Top, true);
    case Place::Top:
    case Place::Wrapper:
      return level.root == ContentRoot::Wrapper ? open(Place::Wrapper, true) : open_resource(level.root);
    case Place::Resource:
    case Place::List:
    case Place::Ignored: break;
  }
  return unexpected(misplaced());
}

Result<void> ContentCollector::begin_array() {
  if (ignores_value()) return open(Place::Ignored, false);
  const Level& level = innermost();
  if (!level.attribute) return unexpected(misplaced());
  SAPROXY_TRY_VOID(begin_list(content_, *level.attribute));
  list_ = *level.attribute;
  return open(Place::List, false);
}

// Sorted rather than compared one by one: an object may have as many members as the content has room for.
bool ContentCollector::names_differ(const Level& object) {
  const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(object.first_name);
  std::sort(begin, names_.end(), [](std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return left.size() < right.size();
    return left < right;
  });
  return std::adjacent_find(begin, names_.end()) == names_.end();
}

Result<void> ContentCollector::end() {
  const Level& level = innermost();
  if (level.is_object) {
    if (level.place == Place::Top && names_.empty()) return fail(ErrorCode::BadSyntax, "the content has no member");
    if (writer_ == WrittenBy::Registree && !names_differ(level))
      return fail(ErrorCode::Conflict, "an object has two members of the same name");
    names_.resize(level.first_name);
  }
  --depth_;
  return {};
}

Result<void> ContentCollector::name(std::string_view name) {
  Level& level = innermost();
  if (has_control_character(name)) return fail(ErrorCode::BadSyntax, "a name has a control character");
  if (level.place == Place::Top && !names_.empty() && writer_ == WrittenBy::Registree) {
    return fail(ErrorCode::Conflict, "the content has more than one member");
  }
  names_.push_back(name);
  if (level.place == Place::Top || level.place == Place::Wrapper) {
    SAPROXY_TRY(level.root, find_prefixed_root(name));
  } else if (level.place == Place::Resource) {
    SAPROXY_TRY(level.attribute, find_attribute(name, writer_));
  }
  return {};
}

Result<void> ContentCollector::text(std::string_view value) {
  if (ignores_value()) return {};
  const Level& level = innermost();
  if (level.place == Place::List) return add_to_list(content_, list_, value);
  if (level.attribute && writer_ == WrittenBy::Cse && says(content_, *level.attribute, value)) return {};
  if (level.attribute) return set_text(content_, *level.attribute, value);
  return unexpected(misplaced());
}

Result<void> ContentCollector::boolean(bool value) {
  if (ignores_value()) return {};
  const Level& level = innermost();
  if (level.attribute && writer_ == WrittenBy::Cse && says(content_, *level.attribute, value)) return {};
  if (level.attribute) return set_boolean(content_, *level.attribute, value);
  return unexpected(misplaced());
}

// In an UPDATE the value null deletes an attribute. Of those that we read only lists may go: an empty one is left.
Result<void> ContentCollector::null() {
  if (ignores_value()) return {};
  const Level& level = innermost();
  if (level.attribute == ContentAttribute::PointsOfAccess || level.attribute == ContentAttribute::DescendantCses)
    return begin_list(content_, *level.attribute);
  return unexpected(misplaced());
}

Result<void> ContentCollector::other() {
  if (ignores_value()) return {};
  return unexpected(misplaced());
}

}  // namespace saproxy::policy
