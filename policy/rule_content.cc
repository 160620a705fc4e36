#include "policy/rule_content.h"

#include <yyjson.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "identity/domain_name.h"
#include "identity/printable.h"
#include "policy/resource_address.h"

namespace saproxy::policy {
namespace {

using identity::AppRule;
using identity::ErrorCode;
using identity::fail;
using identity::Pattern;
using identity::Result;

constexpr std::size_t kMaxDepth = 16;

struct FreeDocument {
  void operator()(yyjson_doc* document) const { yyjson_doc_free(document); }
};
using Document = std::unique_ptr<yyjson_doc, FreeDocument>;

std::string_view text_of(yyjson_val* value) { return {yyjson_get_str(value), yyjson_get_len(value)}; }

Result<Document> parse(std::string_view json) {
  yyjson_read_err error{};
  // Numbers stay text: we read none, and none is too large. Without YYJSON_READ_INSITU the text is only read.
  Document document(
      yyjson_read_opts(const_cast<char*>(json.data()), json.size(), YYJSON_READ_NUMBER_AS_RAW, nullptr, &error));
  if (document) return Result<Document>(std::move(document));
  return fail(ErrorCode::BadSyntax, "JSON: " + std::string(error.msg) + " at byte " + std::to_string(error.pos));
}

// The member of this name, or null. An error when it is there twice: readers differ in which of them counts.
Result<yyjson_val*> member(yyjson_val* object, std::string_view name) {
  yyjson_val* found = nullptr;
  yyjson_obj_iter members = yyjson_obj_iter_with(object);
  while (yyjson_val* key = yyjson_obj_iter_next(&members)) {
    if (text_of(key) != name) continue;
    if (found != nullptr) return fail(ErrorCode::BadSyntax, std::string(name) + " is there twice");
    found = yyjson_obj_iter_get_val(key);
  }
  return found;
}

// The value of the only member of the document, which has this name.
Result<yyjson_val*> only_member(const Document& document, std::string_view name) {
  yyjson_val* root = yyjson_doc_get_root(document.get());
  yyjson_val* value = yyjson_obj_size(root) == 1 ? yyjson_obj_getn(root, name.data(), name.size()) : nullptr;
  if (value == nullptr) return fail(ErrorCode::BadSyntax, "the content is no " + std::string(name));
  return value;
}

// Texts between blanks: how lists look in XML, and in the JSON of older releases. One more than `most` at most.
std::vector<std::string_view> split(std::string_view text, std::size_t most) {
  std::vector<std::string_view> parts;
  while (!text.empty() && parts.size() <= most) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    if (blank > 0) parts.push_back(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return parts;
}

// Views into the document.
Result<std::vector<std::string_view>> list_of(yyjson_val* value, std::string_view name, std::size_t most) {
  std::vector<std::string_view> list;
  if (yyjson_is_str(value)) {
    list = split(text_of(value), most);
  } else if (yyjson_is_arr(value) && yyjson_arr_size(value) <= most) {
    yyjson_arr_iter items = yyjson_arr_iter_with(value);
    while (yyjson_val* item = yyjson_arr_iter_next(&items)) {
      if (!yyjson_is_str(item)) return fail(ErrorCode::BadSyntax, std::string(name) + " holds what is no text");
      list.push_back(text_of(item));
    }
  } else if (!yyjson_is_arr(value)) {
    return fail(ErrorCode::BadSyntax, std::string(name) + " is no list");
  }
  if (list.size() > most || yyjson_arr_size(value) > most)
    return fail(ErrorCode::OutOfRange, std::string(name) + " has more than " + std::to_string(most) + " elements");
  return list;
}

Result<std::vector<std::string>> addresses_of(yyjson_val* value, std::string_view name, std::size_t most) {
  SAPROXY_TRY(const std::vector<std::string_view> texts, list_of(value, name, most));
  for (const std::string_view text : texts) {
    if (!is_resource_address(text))
      return fail(ErrorCode::BadSyntax,
                  std::string(name) + " holds \"" + identity::printable(text, 64) + "\", which is no address");
  }
  return std::vector<std::string>(texts.begin(), texts.end());
}

// Calls `take` for each resource of this type: `name` with an object, or with a list of them, wherever it stands.
template <class Take>
Result<void> for_each_resource(yyjson_val* value, std::string_view name, Take&& take, std::size_t depth = 0) {
  if (depth > kMaxDepth) return fail(ErrorCode::OutOfRange, "the content is nested too deeply");
  if (yyjson_is_arr(value)) {
    yyjson_arr_iter items = yyjson_arr_iter_with(value);
    while (yyjson_val* item = yyjson_arr_iter_next(&items))
      SAPROXY_TRY_VOID(for_each_resource(item, name, take, depth + 1));
    return {};
  }
  yyjson_obj_iter members = yyjson_obj_iter_with(value);
  while (yyjson_val* key = yyjson_obj_iter_next(&members)) {
    yyjson_val* inner = yyjson_obj_iter_get_val(key);
    if (text_of(key) != name) {
      SAPROXY_TRY_VOID(for_each_resource(inner, name, take, depth + 1));
      continue;
    }
    if (yyjson_is_obj(inner)) {
      SAPROXY_TRY_VOID(take(inner));
      continue;
    }
    if (!yyjson_is_arr(inner)) return fail(ErrorCode::BadSyntax, std::string(name) + " is no resource");
    yyjson_arr_iter items = yyjson_arr_iter_with(inner);
    while (yyjson_val* item = yyjson_arr_iter_next(&items)) {
      if (!yyjson_is_obj(item)) return fail(ErrorCode::BadSyntax, std::string(name) + " is no resource");
      SAPROXY_TRY_VOID(take(item));
    }
  }
  return {};
}

// Adds what `read` makes of each resource of this type, `most` at most.
template <class T, class Read>
Result<std::vector<T>> read_resources(std::string_view json, std::string_view name, std::size_t most, Read&& read) {
  SAPROXY_TRY(const Document document, parse(json));
  yyjson_val* root = yyjson_doc_get_root(document.get());
  if (!yyjson_is_obj(root)) return fail(ErrorCode::BadSyntax, "the content is no resource");
  std::vector<T> found;
  SAPROXY_TRY_VOID(for_each_resource(root, name, [&](yyjson_val* resource) -> Result<void> {
    if (found.size() == most)
      return fail(ErrorCode::OutOfRange, "more than " + std::to_string(most) + " of " + std::string(name));
    SAPROXY_TRY(T one, read(resource));
    found.push_back(std::move(one));
    return {};
  }));
  return found;
}

Result<SubscribedNode> node_of(yyjson_val* resource, std::size_t most_links) {
  SubscribedNode node;
  SAPROXY_TRY(yyjson_val* const cse_id, member(resource, "csi"));
  if (cse_id != nullptr && !yyjson_is_str(cse_id) && !yyjson_is_null(cse_id))
    return fail(ErrorCode::BadSyntax, "csi is no text");
  if (yyjson_is_str(cse_id)) node.cse_id = text_of(cse_id);
  SAPROXY_TRY(yyjson_val* const links, member(resource, "rlk"));
  if (links == nullptr || yyjson_is_null(links)) return node;
  SAPROXY_TRY(node.rule_links, addresses_of(links, "rlk", most_links));
  return node;
}

Result<std::string> id_of(yyjson_val* resource) {
  SAPROXY_TRY(yyjson_val* const id, member(resource, "ri"));
  if (!yyjson_is_str(id) || !is_resource_address(text_of(id)))
    return fail(ErrorCode::BadSyntax, "a resource has no Resource-ID");
  return std::string(text_of(id));
}

struct ReadList {
  bool given = false;
  std::vector<Pattern> patterns;
};

Result<ReadList> patterns_of(yyjson_val* resource, std::string_view name, std::size_t& useless) {
  SAPROXY_TRY(yyjson_val* const value, member(resource, name));
  ReadList list;
  if (value == nullptr || yyjson_is_null(value)) return list;
  SAPROXY_TRY(const std::vector<std::string_view> texts, list_of(value, name, kMaxRuleElements));
  list.given = true;
  for (const std::string_view text : texts) {
    if (auto pattern = Pattern::parse(text))
      list.patterns.push_back(*std::move(pattern));
    else
      ++useless;
  }
  return list;
}

// Older releases call the attribute "aci", and write "None" for what an absent list says today.
// Spec: TS-0001 9.6.29
Result<void> read_credentials(yyjson_val* resource, RuleContent& content) {
  SAPROXY_TRY(ReadList credentials, patterns_of(resource, "apci", content.useless));
  SAPROXY_TRY(ReadList older, patterns_of(resource, "aci", content.useless));
  if (credentials.given && older.given) return fail(ErrorCode::BadSyntax, "both apci and aci are there");
  if (older.given) credentials = std::move(older);
  const auto none = [](const Pattern& pattern) { return pattern.text() == "None"; };
  content.rule.without_association = std::erase_if(credentials.patterns, none) > 0 || !credentials.given;
  content.rule.credentials = std::move(credentials.patterns);
  return {};
}

}  // namespace

Result<std::vector<std::string>> read_addresses(std::string_view json, std::size_t most) {
  SAPROXY_TRY(const Document document, parse(json));
  SAPROXY_TRY(yyjson_val* const list, only_member(document, "m2m:uril"));
  return addresses_of(list, "m2m:uril", most);
}

Result<std::vector<std::string>> read_profile_ids(std::string_view json, std::size_t most) {
  return read_resources<std::string>(json, "m2m:mssp", most, id_of);
}

Result<std::vector<SubscribedNode>> read_nodes(std::string_view json, std::size_t most, std::size_t most_links) {
  return read_resources<SubscribedNode>(json, "m2m:svsn", most,
                                        [=](yyjson_val* resource) { return node_of(resource, most_links); });
}

Result<std::string> read_base_cse_id(std::string_view json) {
  SAPROXY_TRY(const Document document, parse(json));
  SAPROXY_TRY(yyjson_val* const base, only_member(document, "m2m:cb"));
  SAPROXY_TRY(yyjson_val* const id, member(base, "csi"));
  if (!yyjson_is_str(id)) return fail(ErrorCode::BadSyntax, "m2m:cb has no csi");
  return std::string(text_of(id));
}

Result<RuleContent> read_rule(std::string_view json, std::string_view address) {
  SAPROXY_TRY(const Document document, parse(json));
  SAPROXY_TRY(yyjson_val* const resource, only_member(document, "m2m:asar"));
  if (!yyjson_is_obj(resource)) return fail(ErrorCode::BadSyntax, "m2m:asar is no resource");
  RuleContent content;
  content.rule.origin = address;
  SAPROXY_TRY_VOID(read_credentials(resource, content));
  // Open: what an absent list means is not said; it matches nothing.
  SAPROXY_TRY(ReadList app_ids, patterns_of(resource, "aai", content.useless));
  SAPROXY_TRY(ReadList stems, patterns_of(resource, "aae", content.useless));
  content.rule.app_ids = identity::PatternList(std::move(app_ids.patterns));
  content.rule.stems = identity::StemList(std::move(stems.patterns));
  return content;
}

}  // namespace saproxy::policy
