// Points of access, addresses, request targets and local addresses as anybody may write them. What is read is within
// its bounds and is read again from its own text; a token is one wherever it is found.
#include <cstdint>
#include <string_view>

#include "identity/domain_name.h"
#include "policy/egress_rules.h"
#include "policy/local_address.h"
#include "policy/point_of_access.h"
#include "tests/fuzz/require.h"

using saproxy::fuzz::require;
using namespace saproxy;
using namespace saproxy::policy;

namespace {

void check_point(std::string_view text) {
  const auto point = PointOfAccess::parse(text, UriQuery::Allowed);
  if (!point) return require(!point.error().detail.empty());
  require(point->port != 0 && point->scheme != PointScheme::Other);
  require(point->address.has_value() != identity::is_domain_name(point->domain_name));
  std::string again = std::string(to_text(point->scheme)) + "://" + point->authority() + point->path;
  if (!point->query.empty()) again += "?" + point->query;
  const auto reread = PointOfAccess::parse(again, UriQuery::Allowed);
  if (again.size() <= kLongestPointOfAccess) require(reread && *reread == *point);
}

void check_range(std::string_view text) {
  const auto range = AddressRange::parse(text);
  if (!range) return;
  require(AddressRange::parse(range->text()) == *range);
}

void check_local(std::string_view text) {
  static const LocalAddresses kAddresses = *LocalAddresses::make("http://127.0.0.1:7001");
  if (const auto target = kAddresses.target_of(text)) {
    require(target->token.empty() || (is_token(target->token) && target->cse_id.empty()));
    require(target->rest.size() <= text.size());
  }
  if (const auto token = kAddresses.token_of(text)) require(is_token(*token));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_point(text);
  check_range(text);
  check_local(text);
  static const EgressRules kRules(EgressSettings{}, {});
  const auto denial = kRules.denies(std::span(data, size), 443);
  require(size == 4 || size == 16 || denial == EgressDenial::NoAddress);
  return 0;
}
