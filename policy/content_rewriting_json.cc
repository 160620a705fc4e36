// JSON: numbers stay as they are written. Spec: TS-0004 8.4
#include <yyjson.h>

#include <cstdlib>
#include <memory>

#include "policy/content_rewriting.h"

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using Texts = std::vector<std::string>;

struct FreeDocument {
  void operator()(yyjson_doc* document) const { yyjson_doc_free(document); }
  void operator()(yyjson_mut_doc* document) const { yyjson_mut_doc_free(document); }
};
using MutableDocument = std::unique_ptr<yyjson_mut_doc, FreeDocument>;
struct FreeText {
  void operator()(char* text) const { std::free(text); }
};

std::string_view text_of(yyjson_mut_val* value) { return {yyjson_mut_get_str(value), yyjson_mut_get_len(value)}; }

Result<MutableDocument> parse(std::string_view content) {
  yyjson_read_err error{};
  // Without YYJSON_READ_INSITU the text is only read.
  const std::unique_ptr<yyjson_doc, FreeDocument> document(
      yyjson_read_opts(const_cast<char*>(content.data()), content.size(), YYJSON_READ_NUMBER_AS_RAW, nullptr, &error));
  if (!document) return fail(ErrorCode::BadSyntax, "JSON: " + std::string(error.msg));
  MutableDocument copy(yyjson_doc_mut_copy(document.get(), nullptr));
  if (!copy) return fail(ErrorCode::Failed, "JSON: out of memory");
  return copy;
}

Result<Texts> texts_of(yyjson_mut_val* value, std::string_view name) {
  if (yyjson_mut_is_str(value)) return Texts{std::string(text_of(value))};
  if (!yyjson_mut_is_arr(value)) return not_texts(name);
  Texts texts;
  yyjson_mut_arr_iter items = yyjson_mut_arr_iter_with(value);
  while (yyjson_mut_val* item = yyjson_mut_arr_iter_next(&items)) {
    if (!yyjson_mut_is_str(item)) return not_texts(name);
    texts.emplace_back(text_of(item));
  }
  return texts;
}

bool put(yyjson_mut_doc* document, yyjson_mut_val* value, const Texts& texts) {
  if (yyjson_mut_is_str(value)) {
    yyjson_mut_val* copy = yyjson_mut_strncpy(document, texts.front().data(), texts.front().size());
    return copy != nullptr && yyjson_mut_set_strn(value, yyjson_mut_get_str(copy), yyjson_mut_get_len(copy));
  }
  bool done = yyjson_mut_arr_clear(value);
  for (const std::string& text : texts)
    done = done && yyjson_mut_arr_add_strncpy(document, value, text.data(), text.size());
  return done;
}

// True when a member became another.
Result<bool> rewrite_resource(yyjson_mut_doc* document, yyjson_mut_val* resource, const MemberRewriting& rewriting) {
  bool changed = false;
  yyjson_mut_obj_iter members = yyjson_mut_obj_iter_with(resource);
  while (yyjson_mut_val* key = yyjson_mut_obj_iter_next(&members)) {
    SAPROXY_TRY(const bool wanted, is_one_of(text_of(key), rewriting.names));
    yyjson_mut_val* value = yyjson_mut_obj_iter_get_val(key);
    if (!wanted || yyjson_mut_is_null(value)) continue;
    SAPROXY_TRY(const Texts texts, texts_of(value, text_of(key)));
    SAPROXY_TRY(const auto edited, rewriting.edit(text_of(key), texts));
    if (!edited) continue;
    if (!put(document, value, *edited)) return fail(ErrorCode::Failed, "JSON: out of memory");
    changed = true;
  }
  return changed;
}

}  // namespace

Result<std::optional<std::string>> rewrite_json(std::string_view content, const MemberRewriting& rewriting) {
  SAPROXY_TRY(const MutableDocument document, parse(content));
  bool changed = false;
  yyjson_mut_obj_iter roots = yyjson_mut_obj_iter_with(yyjson_mut_doc_get_root(document.get()));
  while (yyjson_mut_val* key = yyjson_mut_obj_iter_next(&roots)) {
    SAPROXY_TRY(const bool wanted, is_root(text_of(key), rewriting.roots));
    if (!wanted) continue;
    SAPROXY_TRY(const bool here, rewrite_resource(document.get(), yyjson_mut_obj_iter_get_val(key), rewriting));
    changed = changed || here;
  }
  if (!changed) return std::optional<std::string>{};
  std::size_t size = 0;
  const std::unique_ptr<char, FreeText> text(
      yyjson_mut_write_opts(document.get(), YYJSON_WRITE_NOFLAG, nullptr, &size, nullptr));
  if (!text) return fail(ErrorCode::Failed, "JSON: out of memory");
  return std::optional<std::string>(std::in_place, text.get(), size);
}

}  // namespace saproxy::policy
