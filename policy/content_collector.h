// Follows the items of one JSON or CBOR document in their order and keeps what registration needs of them. Holds the
// rules that both share: depth, names that come again, the member at the top, the wrapper, the attributes.
// Spec: TS-0004 8.4, 8.5
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "identity/result.h"
#include "policy/content_attributes.h"
#include "policy/resource_content.h"

namespace saproxy::policy {

// The caller has checked the syntax: begin and end fit together, an object has a name before each value, and texts and
// names are UTF-8. An error ends the reading.
class ContentCollector {
 public:
  explicit ContentCollector(WrittenBy writer) : writer_(writer) {}

  // Fail for a place that takes no such value, and beyond kMaxContentDepth levels.
  [[nodiscard]] identity::Result<void> begin_object();
  [[nodiscard]] identity::Result<void> begin_array();
  // Closes the innermost object or array. Fails when a registree's object has two members of the same name.
  [[nodiscard]] identity::Result<void> end();

  // The view must live until the object ends. Fails for a control character: C programs end a name at a NUL.
  [[nodiscard]] identity::Result<void> name(std::string_view name);

  [[nodiscard]] identity::Result<void> text(std::string_view value);
  [[nodiscard]] identity::Result<void> boolean(bool value);
  [[nodiscard]] identity::Result<void> null();
  [[nodiscard]] identity::Result<void> other();  // a number, a byte string: nothing that we read

  // What was collected, once the outermost object has ended.
  [[nodiscard]] ResourceContent take() { return std::move(content_); }

 private:
  enum class Place : std::uint8_t { Document, Top, Wrapper, Resource, List, Ignored };
  struct Level {
    Place place = Place::Document;
    bool is_object = false;
    ContentRoot root = ContentRoot::Other;      // what the member is whose value comes next, at Top and in the Wrapper
    std::optional<ContentAttribute> attribute;  // the same, in the Resource
    std::size_t first_name = 0;                 // where the names of this object begin in names_
  };

  Level& innermost() { return levels_[depth_]; }
  [[nodiscard]] identity::Result<void> open(Place place, bool is_object);
  [[nodiscard]] identity::Result<void> open_resource(ContentRoot root);
  [[nodiscard]] identity::Error misplaced();
  [[nodiscard]] bool ignores_value();
  [[nodiscard]] bool names_differ(const Level& object);

  WrittenBy writer_;
  std::array<Level, kMaxContentDepth + 1> levels_{};  // [0] is the document itself
  std::size_t depth_ = 0;
  std::vector<std::string_view> names_;                       // of all open objects, innermost last
  ContentAttribute list_ = ContentAttribute::PointsOfAccess;  // the one whose entries come, at List
  ResourceContent content_;
};

}  // namespace saproxy::policy
