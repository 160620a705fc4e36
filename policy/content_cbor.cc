// CBOR through the streaming decoder of libcbor, which allocates nothing, but knows neither UTF-8 nor a limit of depth,
// nor how items belong together. Spec: TS-0004 8.5; RFC 8949
#include <cbor.h>

#include <array>
#include <cstdint>
#include <string>

#include "policy/content_collector.h"
#include "policy/content_readers.h"
#include "policy/utf8.h"

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

// One head, with the bytes of a text, as the decoder reports it.
struct Item {
  enum class Kind : std::uint8_t { Other, Text, True, False, Null, Array, Map, Break, Tag, Chunks };
  Kind kind = Kind::Other;
  bool indefinite = false;     // Array, Map
  std::uint64_t count = 0;     // Array: items; Map: pairs
  std::string_view text = {};  // Text: points into the content
};

void keep(void* item, Item value) noexcept { *static_cast<Item*>(item) = value; }

// Templates, because libcbor 0.8 counts in std::size_t and later releases in std::uint64_t.
template <class Size>
void keep_text(void* item, cbor_data bytes, Size size) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  keep(item, {.kind = Item::Kind::Text, .text = text});
}

template <Item::Kind kind, class Size>
void keep_container(void* item, Size count) noexcept {
  keep(item, {.kind = kind, .count = count});
}

template <Item::Kind kind, bool indefinite = false>
void keep_head(void* item) noexcept {
  keep(item, {.kind = kind, .indefinite = indefinite});
}

cbor_callbacks reporting_callbacks() {
  using Kind = Item::Kind;
  cbor_callbacks callbacks = cbor_empty_callbacks;
  callbacks.string = keep_text;
  callbacks.string_start = keep_head<Kind::Chunks>;
  callbacks.byte_string_start = keep_head<Kind::Chunks>;
  callbacks.boolean = [](void* item, bool value) noexcept { keep(item, {.kind = value ? Kind::True : Kind::False}); };
  callbacks.null = keep_head<Kind::Null>;
  callbacks.tag = [](void* item, std::uint64_t) noexcept { keep(item, {.kind = Kind::Tag}); };
  callbacks.array_start = keep_container<Kind::Array>;
  callbacks.indef_array_start = keep_head<Kind::Array, true>;
  callbacks.map_start = keep_container<Kind::Map>;
  callbacks.indef_map_start = keep_head<Kind::Map, true>;
  callbacks.indef_break = keep_head<Kind::Break>;
  return callbacks;
}

class CborReader {
 public:
  CborReader(std::string_view content, WrittenBy writer) : content_(content), collector_(writer) {}

  Result<ResourceContent> read() {
    while (!complete_) {
      SAPROXY_TRY(const Item item, next());
      SAPROXY_TRY_VOID(take(item));
    }
    item_at_ = at_;
    if (at_ != content_.size()) return wrong("something follows the end");
    return collector_.take();
  }

 private:
  struct Level {
    bool map = false;
    bool indefinite = false;
    bool value_next = false;  // Map: a key was read
    std::uint64_t left = 0;   // items or pairs to come, when definite
  };

  [[nodiscard]] identity::unexpected<identity::Error> wrong(std::string_view what) const {
    return fail(ErrorCode::BadSyntax, "CBOR: " + std::string(what) + " at byte " + std::to_string(item_at_));
  }

  Result<Item> next() {
    static const cbor_callbacks kCallbacks = reporting_callbacks();
    Item item;
    item_at_ = at_;
    const auto* bytes = reinterpret_cast<cbor_data>(content_.data());
    const cbor_decoder_result decoded = cbor_stream_decode(bytes + at_, content_.size() - at_, &kCallbacks, &item);
    if (decoded.status == CBOR_DECODER_NEDATA) return wrong("the content ends within an item");
    if (decoded.status != CBOR_DECODER_FINISHED) return wrong("a malformed or unassigned item");
    at_ += decoded.read;
    return item;
  }

  Result<void> take(const Item& item) {
    if (depth_ > 0 && innermost().map && !innermost().value_next && item.kind != Item::Kind::Break) {
      return take_key(item);
    }
    switch (item.kind) {
      case Item::Kind::Break: return take_break();
      case Item::Kind::Tag: return wrong("a tag is not allowed");
      case Item::Kind::Chunks: return wrong("a string in chunks is not allowed");
      case Item::Kind::Array:
      case Item::Kind::Map: return open(item);
      case Item::Kind::Text:
        if (!is_utf8(item.text)) return wrong("a text is not UTF-8");
        SAPROXY_TRY_VOID(collector_.text(item.text));
        break;
      case Item::Kind::True: SAPROXY_TRY_VOID(collector_.boolean(true)); break;
      case Item::Kind::False: SAPROXY_TRY_VOID(collector_.boolean(false)); break;
      case Item::Kind::Null: SAPROXY_TRY_VOID(collector_.null()); break;
      case Item::Kind::Other: SAPROXY_TRY_VOID(collector_.other()); break;
    }
    return value_ended();
  }

  Result<void> take_key(const Item& item) {
    if (item.kind != Item::Kind::Text || !is_utf8(item.text)) return wrong("a key of a map is not a UTF-8 text");
    innermost().value_next = true;
    return collector_.name(item.text);
  }

  Result<void> open(const Item& item) {
    const bool map = item.kind == Item::Kind::Map;
    // Every item has at least a byte. Without this a lie about the count would be noticed only at the end.
    const std::size_t room = (content_.size() - at_) / (map ? 2 : 1);
    if (!item.indefinite && item.count > room) return wrong("a list or map of more items than the content has bytes");
    SAPROXY_TRY_VOID(map ? collector_.begin_object() : collector_.begin_array());
    levels_[depth_++] = Level{map, item.indefinite, false, item.count};
    return close_if_full();
  }

  Result<void> take_break() {
    if (depth_ == 0 || !innermost().indefinite || innermost().value_next) return wrong("a break out of place");
    return close();
  }

  Result<void> close() {
    --depth_;
    SAPROXY_TRY_VOID(collector_.end());
    return value_ended();
  }

  Result<void> close_if_full() {
    if (innermost().indefinite || innermost().left > 0) return {};
    return close();
  }

  // Recursion with close() is bounded by the depth.
  Result<void> value_ended() {
    if (depth_ == 0) {
      complete_ = true;
      return {};
    }
    innermost().value_next = false;
    if (!innermost().indefinite) --innermost().left;
    return close_if_full();
  }

  Level& innermost() { return levels_[depth_ - 1]; }

  std::string_view content_;
  std::size_t at_ = 0;
  std::size_t item_at_ = 0;                       // where the current item begins
  std::array<Level, kMaxContentDepth> levels_{};  // collector_ refuses what would not fit
  std::size_t depth_ = 0;
  bool complete_ = false;
  ContentCollector collector_;
};

}  // namespace

Result<ResourceContent> read_cbor_content(std::string_view content, WrittenBy writer) {
  return CborReader(content, writer).read();
}

}  // namespace saproxy::policy
