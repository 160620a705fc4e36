// The query of GET /explain: what is taken can be written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proxy/admin/explain_query.h"

using namespace saproxy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto question = proxy::parse_explain_query({reinterpret_cast<const char*>(data), size});
  if (question && proxy::parse_explain_query(proxy::explain_query(*question)) != question) std::abort();
  return 0;
}
