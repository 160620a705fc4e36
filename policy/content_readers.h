// The reader of each serialisation, behind read_resource_content(), which has ruled out empty content and a byte order
// mark. What they share: content_attributes.h (all), content_collector.h (JSON and CBOR).
#pragma once

#include <string_view>

#include "identity/result.h"
#include "policy/resource_content.h"

namespace saproxy::policy {

[[nodiscard]] identity::Result<ResourceContent> read_json_content(std::string_view content,
                                                                  WrittenBy writer);  // TS-0004 8.4
[[nodiscard]] identity::Result<ResourceContent> read_xml_content(std::string_view content,
                                                                 WrittenBy writer);  // TS-0004 8.3
[[nodiscard]] identity::Result<ResourceContent> read_cbor_content(std::string_view content,
                                                                  WrittenBy writer);  // TS-0004 8.5

}  // namespace saproxy::policy
