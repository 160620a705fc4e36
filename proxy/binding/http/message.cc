#include "proxy/binding/http/message.h"

#include <algorithm>

#include "proxy/binding/http/syntax.h"

namespace saproxy::proxy::http {
namespace {

const Field* find_in(const std::vector<Field>& fields, std::string_view name) {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return equals_fold(f.name, name); });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace

void RequestHead::clear() {
  method = Method::Other;
  method_text = {};
  target = {};
  minor_version = 1;
  fields.clear();
  chunked = false;
  content_length.reset();
  keep_alive = true;
  expects_continue = false;
  storage.clear();
}

const Field* RequestHead::find(std::string_view name) const { return find_in(fields, name); }

void ResponseHead::clear() {
  status = 0;
  minor_version = 1;
  fields.clear();
  chunked = false;
  content_length.reset();
  keep_alive = true;
  no_body = false;
  storage.clear();
}

ResponseHead ResponseHead::copy() const {
  ResponseHead head;
  head.status = status;
  head.minor_version = minor_version;
  head.chunked = chunked;
  head.content_length = content_length;
  head.keep_alive = keep_alive;
  head.no_body = no_body;
  head.storage.reserve(64);  // never inside the string itself: the views must survive a move
  for (const Field& field : fields) head.storage.append(field.name).append(field.value);
  std::string_view rest = head.storage;
  const auto take = [&rest](std::size_t size) {
    const std::string_view text = rest.substr(0, size);
    rest.remove_prefix(size);
    return text;
  };
  for (const Field& field : fields) {
    const std::string_view name = take(field.name.size());
    head.fields.push_back({name, take(field.value.size())});
  }
  return head;
}

const Field* ResponseHead::find(std::string_view name) const { return find_in(fields, name); }

std::uint16_t ResponseHead::response_code() const {
  const Field* field = find("X-M2M-RSC");
  if (field == nullptr || field->value.size() != 4 || !std::ranges::all_of(field->value, is_digit)) return 0;
  unsigned code = 0;
  for (const char digit : field->value) code = code * 10 + static_cast<unsigned>(digit - '0');
  return static_cast<std::uint16_t>(code < 1000 ? 0 : code);
}

}  // namespace saproxy::proxy::http
