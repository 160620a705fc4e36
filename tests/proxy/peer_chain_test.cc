#include "proxy/session/peer_chain.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace saproxy::proxy {
namespace {

using identity::Bytes;
using identity::ByteView;

PeerChain chain_of(const std::vector<Bytes>& ders) {
  const std::vector<ByteView> views(ders.begin(), ders.end());
  return PeerChain(views);
}

std::vector<Bytes> contents(const PeerChain& chain) {
  std::vector<Bytes> all;
  for (const ByteView der : chain.views()) all.emplace_back(der.begin(), der.end());
  return all;
}

TEST(PeerChain, IsEmptyAtFirst) {
  EXPECT_TRUE(PeerChain().empty());
  EXPECT_TRUE(chain_of({}).empty());
}

TEST(PeerChain, KeepsWhatWasPresentedInItsOrder) {
  const std::vector<Bytes> presented = {{1, 2, 3}, {4}, {5, 6}};
  EXPECT_EQ(contents(chain_of(presented)), presented);
}

TEST(PeerChain, SharesIssuersAndNothingElse) {
  const PeerChain one = chain_of({{1}, {7, 7}});
  const PeerChain two = chain_of({{1}, {7, 7}});
  EXPECT_EQ(one.views()[1].data(), two.views()[1].data());
  EXPECT_NE(one.own().data(), two.own().data());
}

TEST(PeerChain, OutlivesThoseThatItSharedWith) {
  auto first = std::make_unique<PeerChain>(chain_of({{1}, {9, 9}}));
  const PeerChain second = chain_of({{2}, {9, 9}});
  first.reset();
  EXPECT_EQ(contents(second), (std::vector<Bytes>{{2}, {9, 9}}));
}

// Clients that bring another issuer each time come and go; those that stay keep theirs.
TEST(PeerChain, ForgetsIssuersThatNobodyHas) {
  const PeerChain stays = chain_of({{1}, {8, 8}});
  for (unsigned i = 0; i < 10'000; ++i) {
    const Bytes other = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8), 1};
    EXPECT_EQ(contents(chain_of({{2}, other}))[1], other);
  }
  EXPECT_EQ(chain_of({{3}, {8, 8}}).views()[1].data(), stays.views()[1].data());
}

}  // namespace
}  // namespace saproxy::proxy
