#include "identity/certificate_name.h"

#include <algorithm>

#include "identity/der.h"
#include "identity/domain_name.h"

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxArcs = 256;

bool is_scheme(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

// "urn:" NID ":" NSS, with the characters that node identifiers use; no quotes, commas or stars, which mean something
// elsewhere. Spec: RFC 8141 2, RFC 9039
bool is_node_id(std::string_view text) {
  constexpr std::string_view kUrn = "urn:";
  if (text.size() > kMaxIdentifier || !equals_ignoring_case(text.substr(0, kUrn.size()), kUrn)) return false;
  const std::string_view rest = text.substr(kUrn.size());
  const auto colon = rest.find(':');
  if (colon == rest.npos || colon == 0 || colon + 1 == rest.size()) return false;
  if (rest.find("//") != rest.npos || rest.back() == '/') return false;
  return std::all_of(rest.begin(), rest.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view("-._~:/;=@%+").find(c) != std::string_view::npos;
  });
}

// "100.3030.10011": arcs in decimal without leading zeros.
bool is_dotted_arcs(std::string_view text) {
  if (text.empty() || text.size() > kMaxArcs) return false;
  while (true) {
    const auto dot = text.find('.');
    const std::string_view arc = text.substr(0, dot);
    if (arc.empty() || !std::all_of(arc.begin(), arc.end(), is_digit) || (arc.size() > 1 && arc.front() == '0'))
      return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// The remaining arcs as RELATIVE-OID or as text. Open: the type of the value is not said. Spec: TS-0003 10.1.1.4,
// TS-0001 Annex H
std::optional<std::string> remaining_arcs(ByteView value) {
  DerReader reader(value);
  const auto element = reader.next();
  if (!element || !reader.at_end()) return std::nullopt;
  if (element->tag == der::kRelativeOid) {
    auto arcs = read_relative_oid(element->value);
    return arcs ? std::optional(*std::move(arcs)) : std::nullopt;
  }
  if (element->tag != der::kUtf8String && element->tag != der::kPrintableString && element->tag != der::kIa5String)
    return std::nullopt;
  const std::string_view text = as_text(element->value);
  return is_dotted_arcs(text) ? std::optional(std::string(text)) : std::nullopt;
}

// Gathers what each alternative name says.
class NameCollector {
 public:
  NameCollector(const LocalEntity& local, const ProfileSwitches& switches) : local_(local), switches_(switches) {}

  void add(const AltName& alt) {
    switch (alt.kind) {
      case AltName::Kind::Uri: return add_uri(alt.text());
      case AltName::Kind::Dns: return add_dns(alt.text());
      case AltName::Kind::OtherName: return add_other_name(alt);
      case AltName::Kind::RegisteredId: return add_hardware_id(std::string(alt.text()));
      // Never an identity of oneM2M, whatever they contain.
      case AltName::Kind::Email:
      case AltName::Kind::X400:
      case AltName::Kind::Directory:
      case AltName::Kind::Ediparty:
      case AltName::Kind::Ip: return;
    }
  }

  NameFinding finish() && {
    const int kinds =
        int{ae_.has_value()} + int{cse_.has_value()} + int{node_.has_value()} + int{hardware_.has_value()};
    if (kinds > 1) note(ProfileViolation::SeveralNames);
    if (kinds == 0 && finding_.violations.empty()) note(stranger_.value_or(ProfileViolation::NoName));
    if (finding_.violations.empty()) name_it();
    return std::move(finding_);
  }

 private:
  // Refuses bytes that two readers could take for different names.
  bool is_clean(std::string_view text) {
    if (text.empty() || text.size() > kMaxIdentifier || !is_all_visible(text))
      return note(ProfileViolation::BadNameSyntax);
    if (text.find('*') != text.npos) return note(ProfileViolation::WildcardName);
    return true;
  }

  void add_uri(std::string_view text) {
    if (!is_clean(text)) return;
    const std::string_view rest = without_scheme(text);
    if (rest.starts_with("//")) {
      const auto ae = AeId::parse_absolute(rest);
      if (!ae) return void(note(ProfileViolation::BadNameSyntax));
      return put(ae_, *ae);
    }
    if (!is_node_id(text)) return void(note(ProfileViolation::BadNameSyntax));
    put(node_, std::string(text));
  }

  void add_dns(std::string_view text) {
    if (!is_clean(text)) return;
    if (switches_.allow_node_id_in_dns_name && is_node_id(text)) return put(node_, std::string(text));
    if (!is_domain_name(text)) return void(note(ProfileViolation::BadNameSyntax));
    // Another host name beside the identity is harmless: it names no oneM2M entity here.
    if (const auto cse = cse_of_domain_name(text, local_)) return put(cse_, *cse);
    if (!stranger_) stranger_ = stranger_of(to_lower_ascii(text));
  }

  // Whose a domain name is that stands for no CSE we know; only told when the certificate has no other name.
  std::optional<ProfileViolation> stranger_of(const std::string& fqdn) const {
    const std::string sp(local_.sp.fqdn());
    if (fqdn == sp || fqdn.find('.') == fqdn.npos) return std::nullopt;
    return fqdn.ends_with("." + sp) ? ProfileViolation::OtherCse : ProfileViolation::OtherServiceProvider;
  }

  void add_other_name(const AltName& alt) {
    const auto arcs = remaining_arcs(alt.value);
    if (arcs) add_hardware_id(alt.type_oid + "." + *arcs);
  }

  void add_hardware_id(std::string dotted) {
    if (dotted.size() > kMaxIdentifier) return void(note(ProfileViolation::BadNameSyntax));
    if (!hardware_) hardware_ = std::move(dotted);
  }

  template <class T>
  void put(std::optional<T>& slot, T value) {
    if (slot && !(*slot == value)) return void(note(ProfileViolation::SeveralNames));
    slot = std::move(value);
  }

  bool note(ProfileViolation violation) {
    auto& all = finding_.violations;
    if (std::find(all.begin(), all.end(), violation) == all.end()) all.push_back(violation);
    return false;
  }

  // Open: Credential-IDs of types 32 and 33 hold the absolute form, which is unique beyond our service provider.
  void name_it() {
    if (ae_) {
      keep(CertificateFlavour::AeId, CredentialType::AeIdCertificate, ae_->absolute());
    } else if (cse_) {
      keep(CertificateFlavour::CseId, CredentialType::CseIdCertificate, cse_->absolute(local_.sp));
    } else if (node_) {
      keep(CertificateFlavour::NodeId, CredentialType::NodeIdCertificate, *node_);
    } else if (hardware_) {
      keep(CertificateFlavour::Device, CredentialType::DeviceCertificate, *hardware_);
    }
  }

  void keep(CertificateFlavour flavour, CredentialType type, std::string_view value) {
    auto id = CredentialId::make(type, value);
    if (!id) return void(note(ProfileViolation::BadNameSyntax));
    finding_.name = CertificateName{flavour, *std::move(id), ae_, cse_};
  }

  const LocalEntity& local_;
  const ProfileSwitches& switches_;
  std::optional<AeId> ae_;
  std::optional<CseId> cse_;
  std::optional<std::string> node_;
  std::optional<std::string> hardware_;
  std::optional<ProfileViolation> stranger_;
  NameFinding finding_;
};

// For the hint only: a name in the subject is never used.
bool looks_like_identity(std::string_view common_name, const LocalEntity& local) {
  if (is_node_id(common_name) || AeId::parse_absolute(without_scheme(common_name)) ||
      cse_of_domain_name(common_name, local))
    return true;
  return classify_originator(common_name).form != Originator::Form::Other && !common_name.empty();
}

}  // namespace

std::string_view without_scheme(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == uri.npos || !is_scheme(uri.substr(0, colon))) return uri;
  return uri.substr(colon + 1);
}

std::optional<std::string_view> host_of_uri(std::string_view uri) {
  std::string_view rest = without_scheme(uri);
  if (!rest.starts_with("//")) return std::nullopt;
  rest.remove_prefix(2);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != authority.npos) authority.remove_prefix(at + 1);
  const std::string_view host = authority.substr(0, authority.find(':'));
  if (!is_domain_name(host)) return std::nullopt;
  return host;
}

NameFinding find_certificate_name(const Certificate& certificate, const LocalEntity& local,
                                  const ProfileSwitches& switches) {
  NameCollector collector(local, switches);
  for (const AltName& alt : certificate.alt_names) collector.add(alt);
  NameFinding finding = std::move(collector).finish();
  // The older habit of a name in the subject only: said apart, because the mend is another one.
  for (ProfileViolation& violation : finding.violations)
    if (violation == ProfileViolation::NoName && looks_like_identity(certificate.subject_common_name, local))
      violation = ProfileViolation::NameInCommonNameOnly;
  return finding;
}

// Spec: TS-0001 6.5.1.1
std::optional<CseId> cse_of_domain_name(std::string_view fqdn, const LocalEntity& local) {
  if (!is_domain_name(fqdn)) return std::nullopt;
  const std::string folded = to_lower_ascii(fqdn);
  if (const auto given = local.cse_domain_names.find(folded); given != local.cse_domain_names.end())
    return given->second;
  const auto dot = folded.find('.');
  if (dot == folded.npos) return std::nullopt;
  const std::string label = folded.substr(0, dot), parent = folded.substr(dot + 1);
  const std::string own = to_lower_ascii(local.cse.name());
  const bool is_in = parent == local.sp.fqdn();
  const bool is_below_us = parent == own + "." + std::string(local.sp.fqdn());
  const bool is_beside_us = !local.in_domain_name.empty() && parent == local.in_domain_name;
  if (!is_in && !is_below_us && !is_beside_us) return std::nullopt;
  if (label == own) return local.cse;
  const auto cse = CseId::parse(label);
  return cse ? std::optional(*cse) : std::nullopt;
}

}  // namespace saproxy::identity
