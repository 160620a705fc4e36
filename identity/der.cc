#include "identity/der.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "identity/domain_name.h"

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxDottedOid = 256;

// Length octets after the tag; `used` counts them.
Result<std::size_t> read_length(ByteView bytes, std::size_t& used) {
  if (bytes.empty()) return fail(ErrorCode::BadSyntax, "DER: no length");
  const std::uint8_t first = bytes.front();
  used = 1;
  if (first < 0x80) return first;
  const std::size_t count = first & 0x7F;
  if (count == 0) return fail(ErrorCode::BadSyntax, "DER: indefinite length");
  if (count > 3) return fail(ErrorCode::OutOfRange, "DER: length of 16 MiB or more");
  if (bytes.size() < 1 + count) return fail(ErrorCode::BadSyntax, "DER: cut within a length");
  std::size_t length = 0;
  for (std::size_t i = 1; i <= count; ++i) length = (length << 8) | bytes[i];
  const std::size_t least = count == 1 ? 0x80 : std::size_t{1} << (8 * (count - 1));
  if (length < least) return fail(ErrorCode::BadSyntax, "DER: length is not in its shortest form");
  used = 1 + count;
  return length;
}

void append_arc(std::string& text, std::uint64_t arc) {
  if (!text.empty()) text += '.';
  std::array<char, 20> digits;
  text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), arc).ptr);
}

// X.690 8.19.4: the first number of an object identifier holds its first two arcs.
void append_first_arcs(std::string& text, std::uint64_t number) {
  const std::uint64_t first = std::min<std::uint64_t>(number / 40, 2);
  append_arc(text, first);
  append_arc(text, number - first * 40);
}

// Base-128 arcs of an OID or RELATIVE-OID in dotted decimal.
Result<std::string> read_arcs(ByteView value, bool relative) {
  if (value.empty()) return fail(ErrorCode::BadSyntax, "DER: empty object identifier");
  if ((value.back() & 0x80) != 0) return fail(ErrorCode::BadSyntax, "DER: object identifier is cut");
  std::string text;
  text.reserve(std::min(3 * value.size(), kMaxDottedOid));
  std::uint64_t arc = 0;
  bool inside = false;
  for (const std::uint8_t byte : value) {
    if (!inside && byte == 0x80)
      return fail(ErrorCode::BadSyntax, "DER: object identifier arc is not in its shortest form");
    if (arc > (UINT64_MAX >> 7))
      return fail(ErrorCode::OutOfRange, "DER: object identifier arc is larger than 64 bits");
    arc = (arc << 7) | (byte & 0x7F);
    inside = (byte & 0x80) != 0;
    if (inside) continue;
    if (relative || !text.empty()) {
      append_arc(text, arc);
    } else {
      append_first_arcs(text, arc);
    }
    if (text.size() > kMaxDottedOid) return fail(ErrorCode::OutOfRange, "DER: object identifier is too long");
    arc = 0;
  }
  return text;
}

// Days from 1970-01-01 in the proleptic Gregorian calendar, by counting years of 400-year cycles that begin on 1 March.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  if (month <= 2) --year;
  const std::int64_t cycle = year / 400;  // years here are 0 to 9999
  const std::int64_t year_of_cycle = year - cycle * 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const std::int64_t day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  return cycle * 146097 + day_of_cycle - 719468;
}

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// "MMDDHHMMSSZ" after the year.
Result<std::int64_t> seconds_of(int year, std::string_view rest) {
  int field[5];
  for (std::size_t i = 0; i < 5; ++i) field[i] = (rest[2 * i] - '0') * 10 + (rest[2 * i + 1] - '0');
  const auto [month, day, hour, minute, second] = field;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 ||
      second > 59)
    return fail(ErrorCode::OutOfRange, "DER: date or time out of range");
  return ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

}  // namespace

Result<DerElement> DerReader::next() {
  if (rest_.empty()) return fail(ErrorCode::BadSyntax, "DER: element missing");
  const std::uint8_t tag = rest_.front();
  if ((tag & 0x1F) == 0x1F) return fail(ErrorCode::Unsupported, "DER: tag of several bytes");
  if (tag == 0) return fail(ErrorCode::BadSyntax, "DER: end-of-contents where an element should be");
  std::size_t used = 0;
  SAPROXY_TRY(const std::size_t length, read_length(rest_.subspan(1), used));
  const std::size_t header = 1 + used;
  if (length > rest_.size() - header) return fail(ErrorCode::BadSyntax, "DER: element is cut");
  const DerElement element{tag, rest_.subspan(header, length), rest_.first(header + length)};
  rest_ = rest_.subspan(header + length);
  return element;
}

Result<DerElement> DerReader::expect(std::uint8_t tag) {
  SAPROXY_TRY(const DerElement element, next());
  if (element.tag != tag) return fail(ErrorCode::BadSyntax, "DER: element of another type than its place demands");
  return element;
}

Result<void> DerReader::finish(const char* what) const {
  if (!at_end()) return fail(ErrorCode::BadSyntax, std::string("DER: bytes left over at the end of ") + what);
  return {};
}

Result<DerElement> read_only_element(ByteView bytes, std::uint8_t tag) {
  DerReader reader(bytes);
  SAPROXY_TRY(const DerElement element, reader.expect(tag));
  if (!reader.at_end()) return fail(ErrorCode::BadSyntax, "DER: bytes left over after the only element");
  return element;
}

Result<bool> read_boolean(ByteView value) {
  if (value.size() != 1) return fail(ErrorCode::WrongLength, "DER: boolean is not one byte");
  if (value[0] != 0x00 && value[0] != 0xFF) return fail(ErrorCode::BadSyntax, "DER: boolean is neither 00 nor FF");
  return value[0] == 0xFF;
}

Result<ByteView> read_integer(ByteView value) {
  if (value.empty()) return fail(ErrorCode::WrongLength, "DER: empty integer");
  if (value.size() > 1) {
    const bool redundant_zero = value[0] == 0x00 && (value[1] & 0x80) == 0;
    const bool redundant_ones = value[0] == 0xFF && (value[1] & 0x80) != 0;
    if (redundant_zero || redundant_ones) return fail(ErrorCode::BadSyntax, "DER: integer is not in its shortest form");
  }
  return value;
}

Result<unsigned> read_small_unsigned(ByteView value) {
  SAPROXY_TRY(const ByteView bytes, read_integer(value));
  if ((bytes[0] & 0x80) != 0 || bytes.size() > 3 || (bytes.size() == 3 && bytes[0] != 0))
    return fail(ErrorCode::OutOfRange, "DER: integer is not between 0 and 65535");
  unsigned number = 0;
  for (const std::uint8_t byte : bytes) number = (number << 8) | byte;
  return number;
}

Result<std::string> read_oid(ByteView value) { return read_arcs(value, false); }
Result<std::string> read_relative_oid(ByteView value) { return read_arcs(value, true); }

Result<ByteView> read_octet_bit_string(ByteView value) {
  if (value.empty() || value[0] != 0) return fail(ErrorCode::BadSyntax, "DER: bit string does not end at a byte");
  return value.subspan(1);
}

Result<std::uint16_t> read_named_bits(ByteView value) {
  if (value.empty() || value[0] > 7)
    return fail(ErrorCode::BadSyntax, "DER: bit string without a count of unused bits");
  const unsigned unused = value[0];
  const ByteView bytes = value.subspan(1);
  if (bytes.empty()) {
    if (unused != 0) return fail(ErrorCode::BadSyntax, "DER: empty bit string with unused bits");
    return std::uint16_t{0};
  }
  if (bytes.size() > 2) return fail(ErrorCode::OutOfRange, "DER: more named bits than are known");
  const std::uint8_t last = bytes.back();
  // X.690 11.2: unused bits are zero, and the last used bit is one.
  if ((last & ((1U << unused) - 1)) != 0 || (last & (1U << unused)) == 0)
    return fail(ErrorCode::BadSyntax, "DER: named bits are not in their shortest form");
  unsigned bits = 0;
  for (std::size_t i = 0; i < bytes.size() * 8; ++i)
    if ((bytes[i / 8] & (0x80U >> (i % 8))) != 0) bits |= 1U << i;
  return static_cast<std::uint16_t>(bits);
}

// Spec: RFC 5280 4.1.2.5.1 (YYMMDDHHMMSSZ, years 1950 to 2049), 4.1.2.5.2 (YYYYMMDDHHMMSSZ)
Result<std::int64_t> read_time(const DerElement& element) {
  std::string_view text = as_text(element.value);
  const bool generalized = element.tag == der::kGeneralizedTime;
  if (!generalized && element.tag != der::kUtcTime)
    return fail(ErrorCode::BadSyntax, "DER: neither UTCTime nor GeneralizedTime");
  if (text.size() != (generalized ? 15U : 13U) || text.back() != 'Z')
    return fail(ErrorCode::BadSyntax, "DER: time is not in the form of RFC 5280");
  text.remove_suffix(1);
  if (!std::all_of(text.begin(), text.end(), is_digit))
    return fail(ErrorCode::BadSyntax, "DER: time contains something else than digits");
  const auto number = [&text](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  if (generalized) return seconds_of(number(0) * 100 + number(2), text.substr(4));
  const int year = number(0);
  return seconds_of(year < 50 ? 2000 + year : 1900 + year, text.substr(2));
}

}  // namespace saproxy::identity
