// What hostile responders say: the reader, and the judgement of what it read.

#include "policy/ocsp.h"
#include "tests/fuzz/require.h"

using saproxy::fuzz::require;
using namespace saproxy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto response = identity::read_ocsp_response({data, size});
  if (!response) return 0;
  require(response->singles.size() <= 64);
  require(response->status == 0 || response->singles.empty());
  constexpr std::int64_t kNow = 1'800'000'000;
  for (const auto& single : response->singles) {
    const auto judged = policy::judge_ocsp(*response, single.id, kNow, {policy::Seconds(300), policy::Seconds(3600)});
    const auto life = policy::ocsp_lifetime(judged, kNow, {});
    require(life >= policy::OcspSettings{}.retry_after && life <= policy::OcspSettings{}.max_age);
    if (judged.verdict == policy::OcspVerdict::Good)
      require(single.status == identity::OcspSingleResponse::Status::Good && single.this_update <= kNow + 300);
  }
  return 0;
}
