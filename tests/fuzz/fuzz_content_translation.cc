// Content of a registration or a subscription as a hostile peer writes it; the first byte chooses the serialisation.
// What goes to the CSE instead is read as strictly, has one point of access, and is otherwise the same resource.
#include <cstdint>
#include <string>

#include "policy/content_translation.h"
#include "policy/top_resource.h"
#include "tests/fuzz/require.h"
#include "tests/policy/content_reading.h"

using saproxy::fuzz::require;
using namespace saproxy::policy;

namespace {

constexpr const char* kLocal = "http://127.0.0.1:7001/rabcdefghijklmnopqrstuvwx2";

// What is decided by some bytes stays so with more of them, and nothing is left open for ever.
void check_beginning(Serialisation serialisation, const std::string& content) {
  const TopResource whole = top_resource_of(serialisation, content);
  const TopResource half = top_resource_of(serialisation, content.substr(0, content.size() / 2));
  require(half == TopResource::Undecided || half == whole);
  require(whole != TopResource::Undecided || content.size() < kLongestBeginning);
}

void check_registration(Serialisation serialisation, const std::string& content) {
  auto read = read_resource_content(serialisation, content);
  if (!read) return;
  const auto written = translate_points_of_access(serialisation, content, *read, {}, kLocal);
  if (!written || !*written) return;
  read->points_of_access = {{kLocal}};
  require(told(serialisation, **written) == told(read));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr Serialisation kSerialisations[] = {Serialisation::Json, Serialisation::Xml, Serialisation::Cbor};
  const Serialisation serialisation = kSerialisations[data[0] % 3];
  const std::string content(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_registration(serialisation, content);
  check_beginning(serialisation, content);
  const auto targets = translate_notification_targets(
      serialisation, content, {},
      [](std::string_view, const PointOfAccess&) { return std::optional<std::string>(kLocal); });
  if (targets && *targets) {
    const auto again = translate_notification_targets(
        serialisation, **targets, {},
        [](std::string_view, const PointOfAccess&) { return std::optional<std::string>(kLocal); });
    require(again && !*again);
  }
  return 0;
}
