// XML: check_xml_syntax() first, then pugixml, which resolves the references and builds the tree. Its parser does not
// recurse. Spec: TS-0004 8.3 (rn is an XML attribute of the resource, lists are separated by blanks)
#include <pugixml.hpp>
#include <string>

#include "policy/content_attributes.h"
#include "policy/content_readers.h"
#include "policy/xml_element.h"
#include "policy/xml_syntax.h"

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using identity::unexpected;

constexpr std::string_view kBlanks = " \t\r\n";
// Comments and blanks are kept, so that a value in pieces can be told from a whole one.
constexpr unsigned kFlags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_wconv_attribute | pugi::parse_eol |
                            pugi::parse_comments | pugi::parse_ws_pcdata;

identity::unexpected<identity::Error> wrong(std::string_view name, std::string_view what) {
  return fail(ErrorCode::BadSyntax, std::string(name) + ": " + std::string(what));
}

Result<std::string> text_of(pugi::xml_node element, ContentAttribute attribute) {
  std::string text;
  for (const pugi::xml_node piece : element.children()) {
    if (piece.type() == pugi::node_element) return unexpected(wrong_type(attribute));
    if (piece.type() == pugi::node_comment) return wrong(to_text(attribute), "has a comment in it");
    text += piece.value();
  }
  return text;
}

std::string_view without_outer_blanks(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Spec: XML Schema 2 3.2.2 (boolean)
Result<void> read_boolean(ResourceContent& content, ContentAttribute attribute, std::string_view text) {
  const std::string_view word = without_outer_blanks(text);
  if (word == "true" || word == "1") return set_boolean(content, attribute, true);
  if (word == "false" || word == "0") return set_boolean(content, attribute, false);
  return unexpected(wrong_type(attribute));
}

Result<void> read_list(ResourceContent& content, ContentAttribute attribute, std::string_view text) {
  SAPROXY_TRY_VOID(begin_list(content, attribute));
  for (auto at = text.find_first_not_of(kBlanks); at != text.npos;) {
    const auto end = text.find_first_of(kBlanks, at);
    SAPROXY_TRY_VOID(add_to_list(content, attribute, text.substr(at, end - at)));
    at = end == text.npos ? end : text.find_first_not_of(kBlanks, end);
  }
  return {};
}

Result<void> read_element(ResourceContent& content, pugi::xml_node element, WrittenBy writer) {
  SAPROXY_TRY(const auto attribute, find_attribute(split_name(element.name()).local, writer));
  if (!attribute) return {};
  if (!is_onem2m(element)) return wrong(to_text(*attribute), "is in a namespace that is not oneM2M's");
  SAPROXY_TRY(const std::string text, text_of(element, *attribute));
  switch (*attribute) {
    case ContentAttribute::ResourceName: return wrong("rn", "is an element; in XML it is an attribute of the resource");
    case ContentAttribute::RequestReachability: return read_boolean(content, *attribute, text);
    case ContentAttribute::PointsOfAccess:
    case ContentAttribute::DescendantCses: return read_list(content, *attribute, text);
    case ContentAttribute::AppId:
    case ContentAttribute::AeId:
    case ContentAttribute::CseId:
    case ContentAttribute::ResourceId:
    case ContentAttribute::ExpirationTime: return set_text(content, *attribute, text);
  }
  return {};
}

Result<void> read_xml_attribute(ResourceContent& content, pugi::xml_attribute given, WrittenBy writer) {
  const QualifiedName name = split_name(given.name());
  // A prefix may have any name.
  if (name.prefix == "xmlns") return {};
  SAPROXY_TRY(const auto attribute, find_attribute(name.local, writer));
  if (!attribute) return {};
  if (*attribute != ContentAttribute::ResourceName) {
    return wrong(to_text(*attribute), "is an attribute; in XML it is an element");
  }
  if (!name.prefix.empty()) return wrong("rn", "has a namespace");
  return set_text(content, *attribute, given.value());
}

Result<void> read_resource(ResourceContent& content, ContentRoot root, pugi::xml_node resource, WrittenBy writer) {
  SAPROXY_TRY_VOID(set_type(content, root));
  for (const pugi::xml_attribute given : resource.attributes())
    SAPROXY_TRY_VOID(read_xml_attribute(content, given, writer));
  for (const pugi::xml_node piece : resource.children()) {
    if (piece.type() == pugi::node_element) SAPROXY_TRY_VOID(read_element(content, piece, writer));
  }
  return {};
}

// A wrapper is looked through, but not one inside it.
Result<void> read_root(ResourceContent& content, pugi::xml_node element, bool in_wrapper, WrittenBy writer) {
  SAPROXY_TRY(const ContentRoot root, find_root(split_name(element.name()).local));
  if (root == ContentRoot::Other) return {};
  if (!is_onem2m(element)) return wrong(to_text(root), "is in a namespace that is not oneM2M's");
  if (root != ContentRoot::Wrapper) return read_resource(content, root, element, writer);
  if (in_wrapper) return {};
  for (const pugi::xml_node piece : element.children()) {
    if (piece.type() == pugi::node_element) SAPROXY_TRY_VOID(read_root(content, piece, true, writer));
  }
  return {};
}

}  // namespace

Result<ResourceContent> read_xml_content(std::string_view content, WrittenBy writer) {
  SAPROXY_TRY_VOID(check_xml_syntax(content, kMaxContentDepth));
  pugi::xml_document document;
  const auto parsed = document.load_buffer(content.data(), content.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) {
    return fail(parsed.status == pugi::status_out_of_memory ? ErrorCode::Failed : ErrorCode::BadSyntax,
                "XML: " + std::string(parsed.description()) + " at byte " + std::to_string(parsed.offset));
  }
  ResourceContent found;
  SAPROXY_TRY_VOID(read_root(found, document.document_element(), false, writer));
  return found;
}

}  // namespace saproxy::policy
