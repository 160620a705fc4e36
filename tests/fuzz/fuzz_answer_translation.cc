// An answer of a CSE, whatever is in it, cut anywhere: what comes out does not depend on the cuts, holds no local
// address that had a token, and is what went in when there was none. First byte: serialisation and own points; second
// and third: where the body is cut.
#include <cstdint>
#include <string>

#include "tests/fuzz/require.h"
#include "tests/policy/answer_reading.h"

using saproxy::fuzz::require;
using namespace saproxy::policy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  constexpr Serialisation kSerialisations[] = {Serialisation::Json, Serialisation::Xml, Serialisation::Cbor};
  const Serialisation serialisation = kSerialisations[data[0] % 3];
  const bool own_points = (data[0] & 0x80) != 0;
  // '\x01' in the input is a local address, '\x02' one of an unknown token, '\x03' the beginning of one.
  KnownTokens tokens;
  const std::string local = tokens.add({"https://one", "coaps://t\"w<o&"});
  std::string body;
  for (std::size_t i = 3; i < size; ++i) {
    if (data[i] == 1)
      body += local;
    else if (data[i] == 2)
      body += kOrigin + "/r" + std::string(kTokenSize - 1, 'z');
    else if (data[i] == 3)
      body += kOrigin + "/r";
    else
      body += static_cast<char>(data[i]);
  }
  const AnswerTranslation translation =
      own_points ? tokens.translation({"http://h"}, {"https://p", "coaps://p"}) : tokens.translation();
  const std::string whole = fed(serialisation, translation, body);
  std::size_t first = data[1] * body.size() / 256;
  std::size_t second = data[2] * body.size() / 256;
  if (first > second) std::swap(first, second);
  require(fed(serialisation, translation, body, {first, second}) == whole);
  // In CBOR a head may lie about its text and cut an address in two, which no CSE does.
  if (serialisation != Serialisation::Cbor) require(whole.find(local) == whole.npos);
  if (!may_need_translation(translation, body)) require(whole == body);
  const auto again = translated(serialisation, translation, body);
  require(again.value_or(body) == whole);
  return 0;
}
