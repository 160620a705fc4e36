#include "proxy/session/peer_chain.h"

#include <algorithm>
#include <map>

#include "identity/digest.h"

namespace saproxy::proxy {
namespace {

using identity::Bytes;
using identity::ByteView;

// Those that are in use. Hostile clients may bring a new one each time, so those that are not are swept out now and
// then.
class SharedCertificates {
 public:
  std::shared_ptr<const Bytes> find_or_add(ByteView der) {
    if (known_.size() >= sweep_at_) sweep();
    std::weak_ptr<const Bytes>& place = known_[identity::sha256(der)];
    if (auto known = place.lock()) return known;
    auto added = std::make_shared<const Bytes>(der.begin(), der.end());
    place = added;
    return added;
  }

 private:
  static constexpr std::size_t kSmallest = 64;

  void sweep() {
    std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max(kSmallest, 2 * known_.size());
  }

  std::map<identity::Digest, std::weak_ptr<const Bytes>> known_;
  std::size_t sweep_at_ = kSmallest;
};

SharedCertificates& shared_certificates() {
  static thread_local SharedCertificates shared;
  return shared;
}

}  // namespace

PeerChain::PeerChain(std::span<const ByteView> presented) {
  if (presented.empty()) return;
  SharedCertificates& shared = shared_certificates();
  own_.assign(presented.front().begin(), presented.front().end());
  issuers_.reserve(presented.size() - 1);
  for (const ByteView der : presented.subspan(1)) issuers_.push_back(shared.find_or_add(der));
}

void PeerChain::set_issuer(ByteView issuer) { issuer_ = shared_certificates().find_or_add(issuer); }

std::vector<ByteView> PeerChain::views() const {
  std::vector<ByteView> all;
  all.reserve(1 + issuers_.size());
  all.emplace_back(own_);
  for (const auto& issuer : issuers_) all.emplace_back(*issuer);
  return all;
}

}  // namespace saproxy::proxy
