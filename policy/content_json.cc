// JSON through yyjson, which is strict and not recursive, but keeps members of the same name: ContentCollector judges
// them. Spec: TS-0004 8.4; RFC 8259
#include <yyjson.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "policy/content_collector.h"
#include "policy/content_readers.h"

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

// Numbers stay text: none is too large, and we read none.
constexpr yyjson_read_flag kFlags = YYJSON_READ_NUMBER_AS_RAW;

struct FreeDocument {
  void operator()(yyjson_doc* document) const { yyjson_doc_free(document); }
};
using Document = std::unique_ptr<yyjson_doc, FreeDocument>;

std::string_view text_of(yyjson_val* value) { return {yyjson_get_str(value), yyjson_get_len(value)}; }

// Recursion is bounded: begin_object() and begin_array() fail beyond kMaxContentDepth.
Result<void> collect(ContentCollector& collector, yyjson_val* value);

Result<void> collect_object(ContentCollector& collector, yyjson_val* object) {
  SAPROXY_TRY_VOID(collector.begin_object());
  yyjson_obj_iter members = yyjson_obj_iter_with(object);
  while (yyjson_val* name = yyjson_obj_iter_next(&members)) {
    SAPROXY_TRY_VOID(collector.name(text_of(name)));
    SAPROXY_TRY_VOID(collect(collector, yyjson_obj_iter_get_val(name)));
  }
  return collector.end();
}

Result<void> collect_array(ContentCollector& collector, yyjson_val* array) {
  SAPROXY_TRY_VOID(collector.begin_array());
  yyjson_arr_iter items = yyjson_arr_iter_with(array);
  while (yyjson_val* item = yyjson_arr_iter_next(&items)) SAPROXY_TRY_VOID(collect(collector, item));
  return collector.end();
}

Result<void> collect(ContentCollector& collector, yyjson_val* value) {
  switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_OBJ: return collect_object(collector, value);
    case YYJSON_TYPE_ARR: return collect_array(collector, value);
    case YYJSON_TYPE_STR: return collector.text(text_of(value));
    case YYJSON_TYPE_BOOL: return collector.boolean(yyjson_get_bool(value));
    case YYJSON_TYPE_NULL: return collector.null();
    default: return collector.other();
  }
}

}  // namespace

Result<ResourceContent> read_json_content(std::string_view content, WrittenBy writer) {
  // The usual content needs no allocation; not initialised, because yyjson writes before it reads.
  alignas(std::max_align_t) std::array<char, 16'384> stack;
  yyjson_alc pool{};
  const bool fits = yyjson_read_max_memory_usage(content.size(), kFlags) <= stack.size() &&
                    yyjson_alc_pool_init(&pool, stack.data(), stack.size());
  yyjson_read_err error{};
  // Without YYJSON_READ_INSITU the text is only read.
  const Document document(
      yyjson_read_opts(const_cast<char*>(content.data()), content.size(), kFlags, fits ? &pool : nullptr, &error));
  if (!document) {
    return fail(error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION ? ErrorCode::Failed : ErrorCode::BadSyntax,
                "JSON: " + std::string(error.msg) + " at byte " + std::to_string(error.pos));
  }
  ContentCollector collector(writer);
  SAPROXY_TRY_VOID(collect(collector, yyjson_doc_get_root(document.get())));
  return collector.take();
}

}  // namespace saproxy::policy
