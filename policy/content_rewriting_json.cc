// JSON: written anew from the tree of yyjson, whose writer is not built. Numbers stay as they are written; texts get
// the shortest escapes. Spec: TS-0004 8.4; RFC 8259
#include <yyjson.h>

#include <memory>
#include <utility>

#include "policy/content_rewriting.h"
#include "policy/json_text.h"

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using Texts = std::vector<std::string>;

struct FreeDocument {
  void operator()(yyjson_doc* document) const { yyjson_doc_free(document); }
};

std::string_view text_of(yyjson_val* value) { return {yyjson_get_str(value), yyjson_get_len(value)}; }

Result<Texts> texts_of(yyjson_val* value, std::string_view name) {
  if (yyjson_is_str(value)) return Texts{std::string(text_of(value))};
  if (!yyjson_is_arr(value)) return not_texts(name);
  Texts texts;
  yyjson_arr_iter items = yyjson_arr_iter_with(value);
  while (yyjson_val* item = yyjson_arr_iter_next(&items)) {
    if (!yyjson_is_str(item)) return not_texts(name);
    texts.emplace_back(text_of(item));
  }
  return texts;
}

// Recursion is bounded: the content has passed a reader with kMaxContentDepth.
class JsonWriter {
 public:
  explicit JsonWriter(const MemberRewriting& rewriting) : rewriting_(rewriting) {}

  Result<void> document(yyjson_val* root) {
    if (!yyjson_is_obj(root)) return any(root);
    return members(root, [this](yyjson_val* name, yyjson_val* value) -> Result<void> {
      SAPROXY_TRY(const bool wanted, is_root(text_of(name), rewriting_.roots));
      return wanted && yyjson_is_obj(value) ? resource(value) : any(value);
    });
  }
  [[nodiscard]] bool changed() const { return changed_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  template <class WriteValue>
  Result<void> members(yyjson_val* object, const WriteValue& write_value) {
    char before = '{';
    yyjson_obj_iter iterator = yyjson_obj_iter_with(object);
    while (yyjson_val* name = yyjson_obj_iter_next(&iterator)) {
      out_ += std::exchange(before, ',');
      text(text_of(name));
      out_ += ':';
      SAPROXY_TRY_VOID(write_value(name, yyjson_obj_iter_get_val(name)));
    }
    out_ += before == '{' ? "{}" : "}";
    return {};
  }

  Result<void> resource(yyjson_val* object) {
    return members(object, [this](yyjson_val* name, yyjson_val* value) -> Result<void> {
      SAPROXY_TRY(const bool wanted, is_one_of(text_of(name), rewriting_.names));
      if (!wanted || yyjson_is_null(value)) return any(value);
      SAPROXY_TRY(const Texts present, texts_of(value, text_of(name)));
      SAPROXY_TRY(const auto edited, rewriting_.edit(text_of(name), present));
      if (!edited) return any(value);
      changed_ = true;
      if (yyjson_is_str(value))
        text(edited->front());
      else
        texts(*edited);
      return {};
    });
  }

  Result<void> any(yyjson_val* value) {
    switch (yyjson_get_type(value)) {
      case YYJSON_TYPE_OBJ: return members(value, [this](yyjson_val*, yyjson_val* member) { return any(member); });
      case YYJSON_TYPE_ARR: return array(value);
      case YYJSON_TYPE_STR: text(text_of(value)); return {};
      case YYJSON_TYPE_BOOL: out_ += yyjson_get_bool(value) ? "true" : "false"; return {};
      case YYJSON_TYPE_NULL: out_ += "null"; return {};
      case YYJSON_TYPE_RAW: out_ += std::string_view(yyjson_get_raw(value), yyjson_get_len(value)); return {};
      default: return fail(ErrorCode::Failed, "JSON: a value of no kind");
    }
  }

  Result<void> array(yyjson_val* value) {
    char before = '[';
    yyjson_arr_iter items = yyjson_arr_iter_with(value);
    while (yyjson_val* item = yyjson_arr_iter_next(&items)) {
      out_ += std::exchange(before, ',');
      SAPROXY_TRY_VOID(any(item));
    }
    out_ += before == '[' ? "[]" : "]";
    return {};
  }

  void text(std::string_view value) { ((out_ += '"') += json_escaped(value)) += '"'; }
  void texts(const Texts& values) {
    char before = '[';
    for (const std::string& value : values) {
      out_ += std::exchange(before, ',');
      text(value);
    }
    out_ += before == '[' ? "[]" : "]";
  }

  const MemberRewriting& rewriting_;
  std::string out_;
  bool changed_ = false;
};

}  // namespace

Result<std::optional<std::string>> rewrite_json(std::string_view content, const MemberRewriting& rewriting) {
  yyjson_read_err error{};
  // Without YYJSON_READ_INSITU the text is only read.
  const std::unique_ptr<yyjson_doc, FreeDocument> document(
      yyjson_read_opts(const_cast<char*>(content.data()), content.size(), YYJSON_READ_NUMBER_AS_RAW, nullptr, &error));
  if (!document) return fail(ErrorCode::BadSyntax, "JSON: " + std::string(error.msg));
  JsonWriter writer(rewriting);
  SAPROXY_TRY_VOID(writer.document(yyjson_doc_get_root(document.get())));
  return writer.changed() ? std::optional(writer.take()) : std::nullopt;
}

}  // namespace saproxy::policy
