// From as a hostile peer writes it, and patterns against it: what is classified writes back to the same text.

#include "identity/app_rule.h"
#include "identity/bytes.h"
#include "identity/entity_id.h"
#include "tests/fuzz/require.h"

using saproxy::fuzz::require;
using namespace saproxy::identity;

namespace {

std::string written(const Originator& from) {
  std::string text;
  if (from.sp) text += from.sp->absolute();
  if (from.cse) text += from.cse->sp_relative();
  if (from.stem) text += (text.empty() ? "" : "/") + from.stem->text();
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(ByteView(data, size));
  const Originator from = classify_originator(text);
  switch (from.form) {
    case Originator::Form::Absent: require(text.empty()); break;
    case Originator::Form::BareC: require(text == "C"); break;
    case Originator::Form::BareS: require(text == "S"); break;
    case Originator::Form::Other: require(!from.sp && !from.cse && !from.stem); break;
    case Originator::Form::Stem:
    case Originator::Form::SpRelativeAe:
    case Originator::Form::AbsoluteAe:
    case Originator::Form::CseId:
    case Originator::Form::AbsoluteCse: require(written(from) == text); break;
  }
  if (const auto ae = AeId::parse_absolute(text)) require(AeId::parse_absolute(ae->absolute()) == *ae);
  const auto half = size / 2;
  if (const auto pattern = Pattern::parse(text.substr(0, half))) {
    const bool matches = pattern->matches(text.substr(half));
    require(!matches || half != size);
    if (pattern->is_concrete()) require(matches == (text.substr(half) == pattern->text()));
    const auto stem = AeStem::parse(text.substr(half));
    if (stem && matches) require(pattern->can_match_stem_starting(stem->text().front()));
  }
  return 0;
}
