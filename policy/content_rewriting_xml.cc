// XML: nothing is indented or added; references and CDATA keep their value, not always their spelling.
// Spec: TS-0004 8.3
#include <pugixml.hpp>

#include "policy/content_rewriting.h"
#include "policy/xml_element.h"

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using Texts = std::vector<std::string>;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr unsigned kFlags = pugi::parse_full | pugi::parse_ws_pcdata;

class Writer : public pugi::xml_writer {
 public:
  void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
  std::string text;
};

Result<Texts> texts_of(pugi::xml_node element, std::string_view name) {
  std::string text;
  for (const pugi::xml_node piece : element.children()) {
    if (piece.type() != pugi::node_pcdata && piece.type() != pugi::node_cdata) return not_texts(name);
    text += piece.value();
  }
  Texts texts;
  for (auto at = text.find_first_not_of(kBlanks); at != text.npos;) {
    const auto end = text.find_first_of(kBlanks, at);
    texts.push_back(text.substr(at, end - at));
    at = end == text.npos ? end : text.find_first_not_of(kBlanks, end);
  }
  return texts;
}

bool put(pugi::xml_node element, const Texts& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : " ") + text;
  return element.remove_children() && element.append_child(pugi::node_pcdata).set_value(joined.c_str());
}

// True when an element became another.
Result<bool> rewrite_resource(pugi::xml_node resource, const MemberRewriting& rewriting) {
  bool changed = false;
  for (pugi::xml_node element : resource.children()) {
    if (element.type() != pugi::node_element) continue;
    const std::string_view name = split_name(element.name()).local;
    SAPROXY_TRY(const bool wanted, is_one_of(name, rewriting.names));
    if (!wanted) continue;
    if (!is_onem2m(element))
      return fail(ErrorCode::BadSyntax, std::string(name) + ": is in a namespace that is not oneM2M's");
    SAPROXY_TRY(const Texts texts, texts_of(element, name));
    SAPROXY_TRY(const auto edited, rewriting.edit(name, texts));
    if (!edited) continue;
    if (!put(element, *edited)) return fail(ErrorCode::Failed, "XML: out of memory");
    changed = true;
  }
  return changed;
}

}  // namespace

Result<std::optional<std::string>> rewrite_xml(std::string_view content, const MemberRewriting& rewriting) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(content.data(), content.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) return fail(ErrorCode::BadSyntax, "XML: " + std::string(parsed.description()));
  const pugi::xml_node root = document.document_element();
  SAPROXY_TRY(const bool wanted, is_one_of(split_name(root.name()).local, rewriting.roots));
  if (!wanted) return std::optional<std::string>{};
  SAPROXY_TRY(const bool changed, rewrite_resource(root, rewriting));
  if (!changed) return std::optional<std::string>{};
  Writer writer;
  document.save(writer, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return std::optional<std::string>(std::move(writer.text));
}

}  // namespace saproxy::policy
