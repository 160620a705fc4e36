// The random generator that wolfSSL is given.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>
#include <vector>

extern "C" int saproxy_rand_block(unsigned char* output, unsigned int size);

namespace saproxy::proxy {
namespace {

using Block = std::array<unsigned char, 16>;

std::vector<Block> blocks(std::size_t count) {
  std::vector<Block> made(count);
  for (Block& block : made) EXPECT_EQ(saproxy_rand_block(block.data(), sizeof(Block)), 0);
  return made;
}

TEST(Random, NeverGivesTheSameVectorTwice) {
  const std::vector<Block> first = blocks(5000);
  std::vector<Block> second;
  std::thread other([&] { second = blocks(5000); });
  other.join();
  std::set<Block> all(first.begin(), first.end());
  all.insert(second.begin(), second.end());
  EXPECT_EQ(all.size(), 10'000U);
}

TEST(Random, FillsEverySizeWholly) {
  for (unsigned size = 1; size <= 64; ++size) {
    // A byte that stays what it was in 40 tries was not written: one in 2^320 otherwise.
    std::vector<bool> changed(size);
    for (int i = 0; i < 40; ++i) {
      std::array<unsigned char, 80> block{};
      ASSERT_EQ(saproxy_rand_block(block.data(), size), 0);
      for (unsigned at = 0; at < size; ++at) changed[at] = changed[at] || block[at] != 0;
      for (std::size_t at = size; at < block.size(); ++at) ASSERT_EQ(block[at], 0) << size;
    }
    EXPECT_EQ(std::count(changed.begin(), changed.end(), false), 0) << size;
  }
}

TEST(Random, TakesNothing) { EXPECT_EQ(saproxy_rand_block(nullptr, 0), 0); }

}  // namespace
}  // namespace saproxy::proxy
