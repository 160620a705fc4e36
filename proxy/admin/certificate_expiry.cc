#include "proxy/admin/certificate_expiry.h"

#include <algorithm>
#include <set>

#include "identity/certificate.h"
#include "identity/pem.h"
#include "identity/printable.h"

namespace saproxy::proxy {
namespace {

std::vector<CertificateExpiry> anchor_expiries(const policy::Config& config) {
  std::vector<CertificateExpiry> anchors;
  std::set<std::string> taken;
  std::size_t number = 0;
  for (const std::string& pem : config.trust_anchors_pem) {
    ++number;
    const auto blocks = identity::decode_pem(pem, "CERTIFICATE");
    if (!blocks || blocks->empty()) continue;
    const auto anchor = identity::parse_certificate(blocks->front());
    if (!anchor) continue;
    std::string name = identity::printable(anchor->subject_common_name, 64);
    if (name.empty()) name = "CA " + std::to_string(number);
    // Two CAs of one name, as in a roll-over, are two series.
    if (taken.contains(name)) name += " (" + std::to_string(number) + ")";
    taken.insert(name);
    anchors.push_back({std::move(name), "trust_anchor", anchor->not_after});
  }
  std::ranges::stable_sort(anchors, {}, &CertificateExpiry::not_after);
  if (anchors.size() > kMaxAnchors) anchors.resize(kMaxAnchors);
  return anchors;
}

}  // namespace

std::vector<CertificateExpiry> certificate_expiries(const policy::Config& config) {
  std::vector<CertificateExpiry> expiries;
  for (const policy::ServerCertificate& own : config.certificates)
    expiries.push_back({identity::printable(own.name, 64), "server", own.not_after});
  std::vector<CertificateExpiry> anchors = anchor_expiries(config);
  std::ranges::move(anchors, std::back_inserter(expiries));
  return expiries;
}

}  // namespace saproxy::proxy
