#include "policy/originator_view.h"

#include <algorithm>

#include "identity/domain_name.h"

namespace saproxy::policy {
namespace {

using Form = OriginatorView::Form;

// Not folded: From is compared byte by byte, and the CSE must not see another SP-ID than we judged.
bool is_sp_fqdn(std::string_view text) {
  return identity::is_domain_name(text) && std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// `path` begins with '/': "/cse1" or "/cse1/Cabc".
void view_path(std::string_view path, bool absolute, bool comma_in_stems, OriginatorView& view) {
  const auto slash = path.find('/', 1);
  const auto cse = path.substr(0, slash);
  if (!identity::is_identifier_label(cse.substr(1))) return;
  if (slash == path.npos) {
    view.form = absolute ? Form::AbsoluteCse : Form::CseId;
    view.cse = cse;
    return;
  }
  const auto stem = path.substr(slash + 1);
  if (stem != "S" && !is_stem(stem, comma_in_stems)) return;
  view.form = absolute ? Form::AbsoluteAe : Form::SpRelativeAe;
  view.cse = cse;
  view.stem = stem;
}

}  // namespace

bool is_stem(std::string_view text, bool comma_in_stems) {
  if (text.size() < 2 || (text.front() != 'C' && text.front() != 'S')) return false;
  if (!comma_in_stems) return identity::is_identifier_label(text);
  if (text.find_first_not_of(',', 1) == text.npos) return false;
  return std::ranges::all_of(
      text, [](char c) { return identity::is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == ','; });
}

OriginatorView view_originator(std::optional<std::string_view> from, bool comma_in_stems) {
  OriginatorView view;
  if (!from || from->empty()) return view;
  view.text = *from;
  view.form = Form::Other;
  if (view.text.size() > identity::kMaxIdentifier) return view;
  if (view.text == "C") {
    view.form = Form::BareC;
  } else if (view.text == "S") {
    view.form = Form::BareS;
  } else if (is_stem(view.text, comma_in_stems)) {
    view.form = Form::Stem;
    view.stem = view.text;
  } else if (view.text.starts_with("//")) {
    const auto slash = view.text.find('/', 2);
    const auto fqdn = view.text.substr(2, slash == view.text.npos ? view.text.npos : slash - 2);
    if (slash == view.text.npos || !is_sp_fqdn(fqdn)) return view;
    view_path(view.text.substr(slash), true, comma_in_stems, view);
    if (view.form != Form::Other) view.fqdn = fqdn;
  } else if (view.text.starts_with('/')) {
    view_path(view.text, false, comma_in_stems, view);
  }
  return view;
}

std::string_view registree_id_of(const OriginatorView& from, std::string_view own) {
  if (from.names_cse()) return from.cse;
  if (!from.names_ae() || (from.form != OriginatorView::Form::Stem && from.cse != own)) return {};
  return from.stem;
}

}  // namespace saproxy::policy
