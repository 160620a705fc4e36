// What a certificate or raw public key is to saproxy, in words: the text of `saproxy inspect`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "identity/certificate.h"
#include "identity/certificate_profile.h"

namespace saproxy::identity {

// One "key: value" line per fact: flavour, names with unprintable bytes escaped, Credential-ID, RFC 6920 name of the
// key, validity, key, and every departure from the profile with its clause. `issuers` as for judge_certificate; without
// them the name constraints cannot be judged, which is said. Without `local`, the service provider is taken from the
// certificate itself. Never fails: what cannot be read is said in the text. `now` is Unix seconds.
[[nodiscard]] std::string describe_certificate(ByteView der, std::span<const Certificate> issuers,
                                               const LocalEntity* local, std::int64_t now);

// The violation as a sentence for people, with the clause it breaks.
[[nodiscard]] std::string_view explain(ProfileViolation violation);

}  // namespace saproxy::identity
