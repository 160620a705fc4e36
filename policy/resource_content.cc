#include "policy/resource_content.h"

#include "policy/content_readers.h"

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;

identity::Result<ResourceContent> read_resource_content(Serialisation serialisation, std::string_view content,
                                                        WrittenBy writer) {
  if (content.empty()) return fail(ErrorCode::BadSyntax, "the content is empty");
  // Libraries skip it, CSEs may not.
  if (content.starts_with("\xEF\xBB\xBF")) return fail(ErrorCode::BadSyntax, "it begins with a byte order mark");
  switch (serialisation) {
    case Serialisation::Json: return read_json_content(content, writer);
    case Serialisation::Xml: return read_xml_content(content, writer);
    case Serialisation::Cbor: return read_cbor_content(content, writer);
  }
  return fail(ErrorCode::Unsupported, "the serialisation is not known");
}

}  // namespace saproxy::policy
