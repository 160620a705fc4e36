// Content of a registration as a hostile peer writes it; the first byte chooses the serialisation. What is read has no
// control character and keeps the bounds, and it reads the same when it is written plainly in each serialisation.
#include <cstdint>
#include <string>

#include "policy/resource_content.h"
#include "policy/utf8.h"
#include "tests/fuzz/require.h"
#include "tests/policy/content_reading.h"
#include "tests/policy/content_tree.h"

using saproxy::fuzz::require;
using namespace saproxy::policy;

namespace {

void require_clean(const std::string& text) { require(is_utf8(text) && !has_control_character(text)); }

// The resource written again from what was read, and nothing else.
Tree written(const ResourceContent& content) {
  Tree resource = object({});
  const auto add = [&resource](const char* name, const std::optional<std::string>& value) {
    if (!value) return;
    require_clean(*value);
    resource.members.emplace_back(name, text(*value));
  };
  add("api", content.app_id);
  add("aei", content.ae_id);
  add("csi", content.cse_id);
  add("ri", content.resource_id);
  add("rn", content.resource_name);
  add("et", content.expiration_time);
  if (content.request_reachability) resource.members.emplace_back("rr", boolean(*content.request_reachability));
  if (content.points_of_access) {
    require(content.points_of_access->size() <= kMaxPointsOfAccess);
    Tree points = list({});
    for (const std::string& point : *content.points_of_access) {
      require_clean(point);
      points.items.push_back(text(point));
    }
    resource.members.emplace_back("poa", std::move(points));
  }
  return object({{content.type == kTypeAe ? "m2m:ae" : "m2m:csr", std::move(resource)}});
}

// A list of XML cannot hold an empty text, nor one with a blank.
bool fits_xml(const ResourceContent& content) {
  if (!content.points_of_access) return true;
  for (const std::string& point : *content.points_of_access) {
    if (point.empty() || point.find(' ') != point.npos) return false;
  }
  return true;
}

// U+FFFE and U+FFFF are no characters of XML.
bool xml_takes(const std::string& document) {
  return document.find("\xEF\xBF\xBE") == document.npos && document.find("\xEF\xBF\xBF") == document.npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr Serialisation kSerialisations[] = {Serialisation::Json, Serialisation::Xml, Serialisation::Cbor};
  const std::string content(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto read = read_resource_content(kSerialisations[data[0] % 3], content);
  if (!read) {
    require(!read.error().detail.empty());
    return 0;
  }
  const std::string expected = told(read);
  if (read->type == 0) {
    require(expected == "0");
    return 0;
  }
  const Tree tree = written(*read);
  require(told(Serialisation::Json, to_json(tree)) == expected);
  require(told(Serialisation::Cbor, to_cbor(tree)) == expected);
  require(told(Serialisation::Cbor, to_cbor(tree, Lengths::Indefinite)) == expected);
  const std::string xml = to_xml(tree);
  if (fits_xml(*read) && xml_takes(xml)) require(told(Serialisation::Xml, xml) == expected);
  return 0;
}
