// The one oneM2M identity that the alternative names of a certificate state, or why there is none.
// Spec: TS-0003 8.1.2.5, 10.1.1.3 to 10.1.1.5, 10.1.1.4; TS-0001 6.5.1.1, Annex H
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "identity/certificate_profile.h"

namespace saproxy::identity {

struct NameFinding {
  std::optional<CertificateName> name;
  std::vector<ProfileViolation> violations;
};

// Reads every alternative name; one that is bad condemns the certificate, whatever the others say.
// Open: "full URI representation of the AE-ID" is defined nowhere; any scheme before "//" is accepted and dropped, and
// the form without a scheme too.
// Open: CSE-IDs are case-sensitive and DNS names are not: a CSE-ID out of a domain name is lower case, unless it is
// ours or `cse_domain_names` gives it another spelling. Open: which alternative name carries a Node-ID is not said: a
// URN in a URI; in a dNSName with allow_node_id_in_dns_name. Open: which of several hardware ids names the credential
// is not said: the first.
[[nodiscard]] NameFinding find_certificate_name(const Certificate& certificate, const LocalEntity& local,
                                                const ProfileSwitches& switches);

// The host of "scheme://host/..." or "//host/...", if it is a domain name.
[[nodiscard]] std::optional<std::string_view> host_of_uri(std::string_view uri);
// What follows "scheme:"; all of the text when there is no scheme.
[[nodiscard]] std::string_view without_scheme(std::string_view uri);

}  // namespace saproxy::identity
