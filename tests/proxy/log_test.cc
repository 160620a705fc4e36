// The log: lines that stay lines whatever a peer sends, levels, and the bound on their rate.
#include "proxy/admin/log.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "proxy/admin/log_line.h"
#include "proxy/admin/rate_limit.h"

namespace saproxy::proxy {
namespace {

using Level = policy::LogSettings::Level;
using Format = policy::LogSettings::Format;

constexpr std::int64_t kNow = 1795559640123;  // 2026-11-24T22:34:00.123Z

// Writes to memory; lines are complete once end() has returned.
class CapturedLog {
 public:
  explicit CapturedLog(policy::LogSettings settings = {}) {
    LogEnvironment environment;
    environment.write = [this](std::string_view line) { lines_.emplace_back(line); };
    environment.unix_milliseconds = [this] { return now_.load(); };
    log_ = std::make_unique<Log>(settings, std::move(environment));
  }
  Log& log() { return *log_; }
  void pass(std::int64_t milliseconds) { now_ += milliseconds; }
  const std::vector<std::string>& end() {
    log_.reset();
    return lines_;
  }

 private:
  std::atomic<std::int64_t> now_{kNow};
  std::vector<std::string> lines_;
  std::unique_ptr<Log> log_;
};

policy::LogSettings settings(Format format, Level level = Level::Debug, std::uint32_t per_second = 200) {
  policy::LogSettings made;
  made.format = format;
  made.level = level;
  made.max_lines_per_second = per_second;
  return made;
}

RefusalLine a_refusal() {
  RefusalLine line;
  line.listener = "sa1";
  line.peer = "192.0.2.1:40000";
  line.association = "a1-7";
  line.credential_id = "12-ae1@sp.example.com";
  line.operation = "create";
  line.to = "cse-in";
  line.originator = "CAdmin";
  line.reason = "denied_originator";
  line.clause = "TS-0003 7.2.1";
  line.response_code = 4106;
  return line;
}

TEST(Log, WritesARefusalAsOneJsonLine) {
  CapturedLog captured(settings(Format::Json));
  captured.log().refused(a_refusal());
  const auto& lines = captured.end();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(
      lines[0],
      "{\"ts\":\"2026-11-24T22:34:00.123Z\",\"level\":\"warning\",\"event\":\"refused\",\"listener\":\"sa1\",\"peer\":"
      "\"192.0.2.1:40000\","
      "\"association\":\"a1-7\",\"credential_id\":\"12-ae1@sp.example.com\",\"operation\":\"create\",\"to\":\"cse-in\","
      "\"originator\":\"CAdmin\",\"reason\":\"denied_originator\",\"clause\":\"TS-0003 "
      "7.2.1\",\"response_code\":4106}\n");
}

TEST(Log, WritesARefusalAsOneTextLine) {
  CapturedLog captured(settings(Format::Text));
  captured.log().refused(a_refusal());
  const auto& lines = captured.end();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0],
            "2026-11-24T22:34:00.123Z warning refused listener=sa1 peer=192.0.2.1:40000 association=a1-7 "
            "credential_id=12-ae1@sp.example.com "
            "operation=create to=cse-in originator=CAdmin reason=denied_originator clause=\"TS-0003 7.2.1\" "
            "response_code=4106\n");
}

TEST(Log, GivesEachEventItsLevel) {
  CapturedLog captured(settings(Format::Text));
  captured.log().association({});
  captured.log().handshake_failed({});
  captured.log().refused({});
  captured.log().association_end({});
  captured.log().call_failed({"Cae1", "not_reached", "connection refused"});
  const auto& lines = captured.end();
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_NE(lines[0].find(" info association"), std::string::npos);
  EXPECT_NE(lines[1].find(" warning handshake_failed"), std::string::npos);
  EXPECT_NE(lines[2].find(" warning refused"), std::string::npos);
  EXPECT_NE(lines[3].find(" debug association_end"), std::string::npos);
  EXPECT_NE(lines[4].find(" info call_failed destination=Cae1 result=not_reached detail=\"connection refused\""),
            std::string::npos);
}

TEST(Log, TellsOverWhatTheFarEndOfOurOwnAssociationsHasRegistered) {
  CapturedLog captured(settings(Format::Text));
  AssociationLine begun;
  begun.listener = "egress";
  begun.association = "7-e-1";
  begun.registered_over = "7-0-3";
  captured.log().association(begun);
  EndLine end;
  end.association = "7-e-1";
  end.reason = "idle";
  end.requests = 2;
  captured.log().association_end(end);
  const auto& lines = captured.end();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].ends_with(" association listener=egress association=7-e-1 registered_over=7-0-3\n")) << lines[0];
  EXPECT_TRUE(lines[1].ends_with(" association_end association=7-e-1 reason=idle requests=2 seconds=0.000\n"))
      << lines[1];
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  CapturedLog captured(settings(Format::Text, Level::Warning));
  captured.log().association({});
  captured.log().association_end({});
  captured.log().message(Level::Info, "nothing");
  captured.log().message(Level::Error, "something");
  const auto& lines = captured.end();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find(" error message text=something"), std::string::npos);
}

TEST(Log, CountsAndTellsOnceASecondWhatItDropped) {
  CapturedLog captured(settings(Format::Text, Level::Info, 3));
  for (int i = 0; i < 10; ++i) captured.log().refused({});
  EXPECT_EQ(captured.log().dropped(), 7u);
  captured.log().tick();  // the second is not over
  captured.pass(1000);
  captured.log().tick();
  captured.log().tick();
  captured.log().refused({});
  const auto& lines = captured.end();
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[3], "2026-11-24T22:34:01.123Z warning dropped lines=7\n");
}

TEST(Log, NeverDropsMessagesOfTheProcessForTheRate) {
  CapturedLog captured(settings(Format::Text, Level::Info, 1));
  for (int i = 0; i < 5; ++i) captured.log().refused({});
  captured.log().message(Level::Warning, "draining");
  const auto& lines = captured.end();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[1].find("text=draining"), std::string::npos);
  EXPECT_NE(lines[2].find("dropped lines=4"), std::string::npos);  // the end tells what no line told
}

TEST(Log, TakesNewSettings) {
  CapturedLog captured(settings(Format::Text, Level::Error));
  captured.log().refused({});
  captured.log().configure(settings(Format::Json, Level::Info));
  captured.log().refused({});
  const auto& lines = captured.end();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].front(), '{');
}

TEST(Log, KeepsLinesWholeWhenManyThreadsWrite) {
  CapturedLog captured(settings(Format::Json, Level::Info, 400));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&captured] {
      for (int i = 0; i < 200; ++i) captured.log().refused(a_refusal());
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(captured.log().dropped(), 400u);
  const auto& lines = captured.end();
  EXPECT_EQ(lines.size(), 401u);
  for (const std::string& line : lines) EXPECT_TRUE(line.starts_with("{\"ts\"") && line.ends_with("}\n")) << line;
}

// What a peer writes into a From, a SNI or a PSK identity.
TEST(LogLine, EscapesEveryByteInJson) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value(1, static_cast<char>(byte));
    const std::string line = LogLine(Format::Json, kNow, Level::Info, "e").add("k", value).finish();
    const std::string rest = line.substr(line.find("\"k\":") + 4);
    const bool plain = byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
    std::array<char, 8> code{};
    std::snprintf(code.data(), code.size(), "%02X", static_cast<unsigned>(byte));
    const std::string expected = plain ? value : byte == '"' ? "\\\"" : "\\\\x" + std::string(code.data());
    EXPECT_EQ(rest, "\"" + expected + "\"}") << byte;
  }
}

TEST(LogLine, LetsNoValuePoseAsAnotherFieldInText) {
  const std::string line = LogLine(Format::Text, kNow, Level::Info, "e").add("k", "a\" reason=ok\r\n2026").finish();
  EXPECT_TRUE(line.ends_with(" info e k=\"a\\x22 reason=ok\\x0D\\x0A2026\"")) << line;
}

TEST(LogLine, CutsLongValuesAndLeavesOutEmptyOnes) {
  const std::string line =
      LogLine(Format::Text, kNow, Level::Info, "e").add("empty", "").add("long", std::string(100000, 'x')).finish();
  EXPECT_LT(line.size(), 300u);
  EXPECT_TRUE(line.ends_with("x..."));
  EXPECT_EQ(line.find("empty"), std::string::npos);
}

TEST(RateLimit, StartsAnewEachSecond) {
  RateLimit limit;
  EXPECT_TRUE(limit.admit(10, 1));
  EXPECT_FALSE(limit.admit(10, 1));
  EXPECT_TRUE(limit.admit(11, 1));
  EXPECT_EQ(limit.take_untold(12), 1u);
  EXPECT_EQ(limit.take_untold(12), 0u);
}

}  // namespace
}  // namespace saproxy::proxy
