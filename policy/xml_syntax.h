// Is a text XML that nobody can read in two ways? The library that then takes it apart is lenient: it passes unknown
// entities through, ends texts at a NUL, and takes two roots. The matching of start and end tags is left to it.
#pragma once

#include <cstddef>
#include <string_view>

#include "identity/result.h"

namespace saproxy::policy {

// Fails, naming the byte, unless `text` is UTF-8 and one element with at most `max_depth` levels, at most preceded by
// an XML declaration of version 1.0 and encoding UTF-8; comments and CDATA sections may stand where XML allows them.
// No DOCTYPE, no other declaration or processing instruction, no reference but the five entities of XML and the numbers
// of its characters, no attribute twice.
// Spec: XML 1.0 (fifth edition) 2.1 to 2.8, 3.1, 4.1; deviates: no document type.
[[nodiscard]] identity::Result<void> check_xml_syntax(std::string_view text, std::size_t max_depth);

}  // namespace saproxy::policy
