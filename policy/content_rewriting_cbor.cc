// CBOR: heads keep their widths, containers their kind. Spec: TS-0004 8.5; RFC 8949
#include <cbor.h>

#include <cstdlib>
#include <memory>

#include "policy/content_rewriting.h"

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using Texts = std::vector<std::string>;

struct Release {
  void operator()(cbor_item_t* item) const { cbor_decref(&item); }
};
using Item = std::unique_ptr<cbor_item_t, Release>;
struct FreeBytes {
  void operator()(unsigned char* bytes) const { std::free(bytes); }
};

bool is_text(const cbor_item_t* item) { return cbor_isa_string(item) && cbor_string_is_definite(item); }

std::string_view text_of(const cbor_item_t* item) {
  return {reinterpret_cast<const char*>(cbor_string_handle(item)), cbor_string_length(item)};
}

std::span<cbor_pair> pairs_of(cbor_item_t* map) {
  if (!cbor_isa_map(map)) return {};
  return {cbor_map_handle(map), cbor_map_size(map)};
}

Result<Texts> texts_of(const cbor_item_t* value, std::string_view name) {
  if (is_text(value)) return Texts{std::string(text_of(value))};
  if (!cbor_isa_array(value)) return not_texts(name);
  Texts texts;
  for (std::size_t i = 0; i < cbor_array_size(value); ++i) {
    const cbor_item_t* item = cbor_array_handle(value)[i];
    if (!is_text(item)) return not_texts(name);
    texts.emplace_back(text_of(item));
  }
  return texts;
}

// Of the same kind as `old`; null when there is no memory.
Item made(const Texts& texts, const cbor_item_t* old) {
  if (is_text(old)) return Item(cbor_build_stringn(texts.front().data(), texts.front().size()));
  Item array(cbor_array_is_definite(old) ? cbor_new_definite_array(texts.size()) : cbor_new_indefinite_array());
  for (const std::string& text : texts) {
    const Item item(cbor_build_stringn(text.data(), text.size()));
    if (!array || !item || !cbor_array_push(array.get(), item.get())) return nullptr;
  }
  return array;
}

// True when a member became another.
Result<bool> rewrite_resource(cbor_item_t* resource, const MemberRewriting& rewriting) {
  bool changed = false;
  for (cbor_pair& pair : pairs_of(resource)) {
    const std::string name(text_of(pair.key));
    SAPROXY_TRY(const bool wanted, is_one_of(name, rewriting.names));
    if (!wanted || (cbor_isa_float_ctrl(pair.value) && cbor_is_null(pair.value))) continue;
    SAPROXY_TRY(const Texts texts, texts_of(pair.value, name));
    SAPROXY_TRY(const auto edited, rewriting.edit(name, texts));
    if (!edited) continue;
    Item fresh = made(*edited, pair.value);
    if (!fresh) return fail(ErrorCode::Failed, "CBOR: out of memory");
    cbor_decref(&pair.value);
    pair.value = fresh.release();
    changed = true;
  }
  return changed;
}

}  // namespace

Result<std::optional<std::string>> rewrite_cbor(std::string_view content, const MemberRewriting& rewriting) {
  cbor_load_result loaded{};
  const Item document(cbor_load(reinterpret_cast<cbor_data>(content.data()), content.size(), &loaded));
  if (!document) return fail(ErrorCode::BadSyntax, "CBOR: cannot be read");
  bool changed = false;
  for (const cbor_pair& pair : pairs_of(document.get())) {
    if (!is_text(pair.key)) return fail(ErrorCode::BadSyntax, "CBOR: a key of a map is not a text");
    SAPROXY_TRY(const bool wanted, is_root(text_of(pair.key), rewriting.roots));
    if (!wanted) continue;
    SAPROXY_TRY(const bool here, rewrite_resource(pair.value, rewriting));
    changed = changed || here;
  }
  if (!changed) return std::optional<std::string>{};
  unsigned char* bytes = nullptr;
  std::size_t room = 0;
  const std::size_t size = cbor_serialize_alloc(document.get(), &bytes, &room);
  const std::unique_ptr<unsigned char, FreeBytes> owner(bytes);
  if (size == 0) return fail(ErrorCode::Failed, "CBOR: out of memory");
  return std::optional<std::string>(std::in_place, reinterpret_cast<const char*>(bytes), size);
}

}  // namespace saproxy::policy
