#include "identity/entity_id.h"

#include <algorithm>

#include "identity/domain_name.h"

namespace saproxy::identity {
namespace {

bool is_stem(std::string_view text) {
  return text.size() >= 2 && (text.front() == 'C' || text.front() == 'S') && is_identifier_label(text);
}

// A C-type stem in last place makes "/x/y" an AE-ID; an S-type stem never follows a CSE-ID.
bool is_registrar_assigned_stem(std::string_view text) { return is_stem(text) && text.front() == 'C'; }

// "cse1" or "cse1/Cabc", after "/" or "//sp/". False: neither.
bool classify_path(std::string_view path, Originator::Form cse_form, Originator::Form ae_form, Originator& found) {
  const auto slash = path.find('/');
  const std::string_view first = path.substr(0, slash);
  if (!is_identifier_label(first)) return false;
  if (slash == path.npos) {
    found.form = cse_form;
    found.cse = *CseId::parse(first);
    return true;
  }
  const std::string_view last = path.substr(slash + 1);
  if (!is_registrar_assigned_stem(last)) return false;
  found.form = ae_form;
  found.cse = *CseId::parse(first);
  found.stem = *AeStem::parse(last);
  return true;
}

bool classify_absolute(std::string_view after_slashes, Originator& found) {
  const auto slash = after_slashes.find('/');
  if (slash == after_slashes.npos) return false;
  const std::string_view fqdn = after_slashes.substr(0, slash);
  const auto sp = SpId::parse(fqdn);
  // From is compared byte by byte: an upper-case SP-ID is not folded into ours, or the CSE would see another one than
  // we judged.
  if (!sp || sp->fqdn() != fqdn) return false;
  if (!classify_path(after_slashes.substr(slash + 1), Originator::Form::AbsoluteCse, Originator::Form::AbsoluteAe,
                     found))
    return false;
  found.sp = *sp;
  return true;
}

}  // namespace

// Spec: TS-0004 6.2.3 (unreserved)
bool is_identifier_label(std::string_view text) {
  if (text.empty() || text.size() > kMaxIdentifier || !is_letter_or_digit(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; });
}

// Spec: TS-0001 7.2 (M2M-SP-ID)
Result<SpId> SpId::parse(std::string_view text) {
  if (text.starts_with("//")) text.remove_prefix(2);
  if (!is_domain_name(text))
    return fail(ErrorCode::BadSyntax, "M2M-SP-ID is not a fully qualified domain name, as in //sp.example.com");
  return SpId(to_lower_ascii(text));
}

Result<CseId> CseId::parse(std::string_view sp_relative) {
  if (sp_relative.starts_with('/')) sp_relative.remove_prefix(1);
  if (sp_relative.size() >= kMaxIdentifier || !is_identifier_label(sp_relative))
    return fail(ErrorCode::BadSyntax, "CSE-ID is not '/' and a name of letters, digits, '-', '.', '_', as in /cse1");
  return CseId("/" + std::string(sp_relative));
}

Result<AeStem> AeStem::parse(std::string_view text) {
  if (!is_stem(text))
    return fail(ErrorCode::BadSyntax, "AE-ID-Stem is not 'C' or 'S' followed by letters, digits, '-', '.', '_'");
  return AeStem(std::string(text));
}

bool is_registree_id(std::string_view text) {
  if (text.starts_with('/')) return CseId::parse(text).has_value();
  std::string stem(text);
  std::erase(stem, ',');
  return AeStem::parse(stem).has_value();
}

// Spec: TS-0001 7.2 (AE-ID, absolute form)
Result<AeId> AeId::parse_absolute(std::string_view text) {
  if (text.size() > kMaxIdentifier) return fail(ErrorCode::OutOfRange, "AE-ID is longer than 256 bytes");
  if (!text.starts_with("//"))
    return fail(ErrorCode::BadSyntax, "AE-ID is not absolute: it does not start with \"//\"");
  text.remove_prefix(2);
  const auto slash = text.find('/');
  if (slash == text.npos) return fail(ErrorCode::BadSyntax, "AE-ID has no AE-ID-Stem after the service provider");
  SAPROXY_TRY(const SpId sp, SpId::parse(text.substr(0, slash)));
  const std::string_view path = text.substr(slash + 1);
  const auto second = path.find('/');
  if (second == path.npos) {
    SAPROXY_TRY(const AeStem stem, AeStem::parse(path));
    if (!stem.sp_assigned())
      return fail(ErrorCode::BadSyntax, "AE-ID with a C-type stem needs the CSE-ID of its registrar");
    return AeId{sp, std::nullopt, stem};
  }
  // Without this check CseId::parse would take "//sp//x" for a CSE-ID with its own slash.
  if (!is_identifier_label(path.substr(0, second))) return fail(ErrorCode::BadSyntax, "AE-ID has a bad CSE-ID part");
  SAPROXY_TRY(const CseId cse, CseId::parse(path.substr(0, second)));
  SAPROXY_TRY(const AeStem stem, AeStem::parse(path.substr(second + 1)));
  if (stem.sp_assigned()) return fail(ErrorCode::BadSyntax, "AE-ID with an S-type stem must not contain a CSE-ID");
  return AeId{sp, cse, stem};
}

std::string AeId::absolute() const {
  std::string text = sp.absolute();
  if (cse) text += cse->sp_relative();
  return text + "/" + stem.text();
}

Originator classify_originator(std::optional<std::string_view> from) {
  Originator found;
  if (!from || from->empty()) return found;
  found.form = Originator::Form::Other;
  const std::string_view text = *from;
  if (text.size() > kMaxIdentifier) return found;
  if (text == "C") {
    found.form = Originator::Form::BareC;
  } else if (text == "S") {
    found.form = Originator::Form::BareS;
  } else if (text.starts_with("//")) {
    classify_absolute(text.substr(2), found);
  } else if (text.starts_with('/')) {
    classify_path(text.substr(1), Originator::Form::CseId, Originator::Form::SpRelativeAe, found);
  } else if (is_stem(text)) {
    found.form = Originator::Form::Stem;
    found.stem = *AeStem::parse(text);
  }
  return found;
}

}  // namespace saproxy::identity
