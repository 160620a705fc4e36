// Reason phrases. Some clients show them; none may depend on them.
// Spec: RFC 9110 15
#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {

[[nodiscard]] std::string_view status_text(std::uint16_t status);  // empty when not known
void append_status_line(Output& out, std::uint16_t status);

}  // namespace saproxy::proxy::http
