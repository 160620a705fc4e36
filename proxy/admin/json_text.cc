#include "proxy/admin/json_text.h"

namespace saproxy::proxy {

void append_json_text(std::string& text, std::string_view shown) {
  text += '"';
  for (const char c : shown) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
}

}  // namespace saproxy::proxy
