// A worker sets a bounded amount of memory aside for bodies that are collected whole.
#include "proxy/collected_body.h"

#include <gtest/gtest.h>

#include <string_view>

namespace saproxy::proxy {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Collecting : testing::Test {
  BufferPool buffers;
  CollectingRoom room;
};

TEST_F(Collecting, KeepsWhatFits) {
  CollectedBody body;
  EXPECT_FALSE(body);
  EXPECT_FALSE(body.append(bytes_of("a"))) << "it was not begun";
  ASSERT_TRUE(body.begin(buffers, room, 4, 10));
  EXPECT_TRUE(body.append(bytes_of("abc")));
  EXPECT_FALSE(body.append(bytes_of("de")));
  EXPECT_TRUE(body.append(bytes_of("d")));
  EXPECT_TRUE(body.append({}));
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(body.bytes().data()), body.bytes().size()), "abcd");
}

TEST_F(Collecting, RefusesWhoComesWhenThereIsNoRoom) {
  CollectedBody first, second, third;
  ASSERT_TRUE(first.begin(buffers, room, 6, 10));
  EXPECT_FALSE(second.begin(buffers, room, 5, 10));
  EXPECT_FALSE(second);
  EXPECT_TRUE(second.begin(buffers, room, 4, 10));
  EXPECT_TRUE(third.begin(buffers, room, 0, 10)) << "a request without a body needs none";
  EXPECT_TRUE(first.append(bytes_of("123456"))) << "who is in stays in";
  EXPECT_EQ(room.taken(), 10u);
}

TEST_F(Collecting, HasRoomForOneHoweverLarge) {
  CollectedBody first, second;
  EXPECT_TRUE(first.begin(buffers, room, 100, 10));
  EXPECT_FALSE(second.begin(buffers, room, 1, 10)) << "the limit may have become lower meanwhile";
  EXPECT_TRUE(second.begin(buffers, room, 0, 10));
}

TEST_F(Collecting, NeverOverflows) {
  CollectedBody first, second;
  ASSERT_TRUE(first.begin(buffers, room, 1, SIZE_MAX));
  EXPECT_FALSE(second.begin(buffers, room, SIZE_MAX, SIZE_MAX));
  EXPECT_EQ(room.taken(), 1u);
}

TEST_F(Collecting, GivesItsRoomBackOnce) {
  {
    CollectedBody body;
    ASSERT_TRUE(body.begin(buffers, room, 6, 10));
    CollectedBody moved = std::move(body);
    EXPECT_EQ(room.taken(), 6u);
    moved.reset();
    EXPECT_EQ(room.taken(), 0u);
    ASSERT_TRUE(moved.begin(buffers, room, 3, 10));
    ASSERT_TRUE(moved.begin(buffers, room, 5, 10));
    EXPECT_EQ(room.taken(), 5u);
    body = std::move(moved);
    EXPECT_EQ(room.taken(), 5u);
  }
  EXPECT_EQ(room.taken(), 0u);
}

}  // namespace
}  // namespace saproxy::proxy
