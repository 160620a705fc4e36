// A CSE that is asked about its registrations, as a liar writes it: the bytes are the contents of its answers one after
// the other, each behind one byte that chooses its response status code. It ends; what it asks for can be read in one
// way only; nobody is dropped about whom the CSE has not said 4004 twice.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "policy/reconciliation.h"
#include "policy/resource_address.h"
#include "tests/fuzz/answers.h"
#include "tests/fuzz/require.h"

using saproxy::fuzz::require;
using namespace saproxy;

namespace {

class Three final : public policy::RegistrationView {
 public:
  std::optional<policy::SeenRegistration> seen(std::string_view id) const override {
    if (id == "C1") return policy::SeenRegistration{identity::EntityKind::Ae, "C1", "r1", "in/ae1", 1, false};
    if (id == "C2") return policy::SeenRegistration{identity::EntityKind::Ae, "C2", "r2", "", 2, false};
    if (id == "/cse2") return policy::SeenRegistration{identity::EntityKind::Cse, "/cse2", "", "in/csr2", 3, false};
    return std::nullopt;
  }
  bool knows_resource(std::string_view address) const override {
    return address == "r1" || address == "r2" || address == "in/ae1" || address == "in/csr2";
  }
};

std::string_view owner_of(std::string_view address) {
  if (address == "r1" || address == "in/ae1") return "C1";
  if (address == "r2") return "C2";
  if (address == "in/csr2") return "/cse2";
  return address;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::uint16_t, 8> kCodes{2000, 2000, 2000, 4004, 4004, 4103, 5000, 0};
  const policy::GateRules rules{.sp = *identity::SpId::parse("sp.example.com"),
                                .cse = *identity::CseId::parse("/cse1")};
  const Three registry;
  policy::Reconciliation run(rules, registry, {{"in", "-"}, ""}, {"/cse2", "C1", "C2", "C3"});
  std::map<std::string, int, std::less<>> gone;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (run.question() != nullptr && !rest.empty()) {
    const policy::CseQuestion asked = *run.question();
    require(policy::is_plain_address(asked.to));
    const policy::CseAnswer answer = fuzz::take_answer(rest, kCodes);
    if (answer.code == 4004) ++gone[std::string(owner_of(asked.to))];
    run.take(answer);
    for (const policy::Drop& drop : run.take_drops()) require(gone[drop.entity_id] >= 2);
  }
  if (run.question() != nullptr) return 0;
  const policy::ReconciliationResult result = run.take_result();
  require(result.confirmed + result.contradicted + result.undecided + result.gone == result.registered);
  require(result.unknown.size() <= policy::Reconciliation::kMaxUnknown);
  return 0;
}
