#include "proxy/binding/http/header_rules.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {
namespace {

constexpr std::string_view kReserved[] = {
    // Under the prefix, in every spelling a server might fold
    "X-M2M-SA-Credential-ID",
    "x-m2m-sa-credential-id",
    "X-M2M-SA-CREDENTIAL-ID",
    "X_M2M_SA_Credential_ID",
    "X-M2M_SA-Credential-ID",
    "X-M2M-SA-CredentialID",
    "XM2MSACredentialID",
    "X--M2M--SA--Credential--ID",
    "X.M2M.SA.Credential.ID",
    "X M2M SA Credential ID",
    "X-M2M-SA-Credential-ID-",
    "-X-M2M-SA-Credential-ID",
    "X-M2M-SA-Credential-ID ",
    "X-M2M-SA-Credential-ID\t",
    "X~M2M~SA~Credential~ID",
    "X-M2M-SA-Entity",
    "x-m2m-sa-entity",
    "X_M2M_SA_ENTITY",
    "X-M2M-SAEntity",
    "X-M2M-SA-Identities",
    "x_m2m_sa_identities",
    "X-M2M-SA-Identities2",
    "X-M2M-SA-SAEF",
    "x-m2m-sa-saef",
    "X_M2M_SA_SAEF",
    "X-M2M-SASAEF",
    "X-M2M-SA-Association",
    "x_m2m_sa_association",
    "X-M2M-SA-AssociationX",
    "X-M2M-SA-",
    "X-M2M-SA",
    "X-M2M-SA-Anything-New",
    "X-M2M-S-A-Entity",
    // RFC 9440
    "Client-Cert",
    "client-cert",
    "CLIENT_CERT",
    "ClientCert",
    "Client-Cert-Chain",
    "client_cert_chain",
    "Client-CertChain",
    // RFC 7239 and its elders
    "Forwarded",
    "forwarded",
    "FORWARDED",
    "X-Forwarded-For",
    "x_forwarded_for",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Client-Cert",
    "x-forwarded-client-cert",
    "X_FORWARDED_CLIENT_CERT",
    "X-ForwardedFor",
    "X-Forwarded-Tls-Client-Cert",
    "X-Real-IP",
    "x_real_ip",
    "XRealIP",
    "True-Client-IP",
    "CF-Connecting-IP",
    // What other proxies tell about a client
    "X-SSL-Client-Cert",
    "X-SSL-Client-DN",
    "x_ssl_client_verify",
    "X-SSL-CERT",
    "SSL-Client-Cert",
    "SSL_CLIENT_S_DN",
    "X-Client-Cert",
    "X-Client-DN",
    "x_client_verify",
    "X-Client-IP",
    "X-TLS-Client-Cert",
    "X-ARR-ClientCert",
    "Remote-User",
    "REMOTE_USER",
    "X-Remote-User",
    "X-Remote-Group",
};

constexpr std::string_view kFree[] = {
    "X-M2M-Origin",
    "X-M2M-RI",
    "X-M2M-RVI",
    "X-M2M-RET",
    "X-M2M-RST",
    "X-M2M-OT",
    "X-M2M-GID",
    "X-M2M-RTU",
    "X-M2M-EC",
    "X-M2M-VSI",
    "X-M2M-ATI",
    "X-M2M-RSC",
    "X-M2M-S",
    "Content-Type",
    "Accept",
    "Authorization",
    "User-Agent",
    "If-Match",
    "Date",
    "Client",
    "Client-Certificate-Foo",
    "X-Forward",
    "X-Real",
    "X-Custom",
    "Via",
    "Strict-Transport-Security",
    "Alt-Svc",
    "Set-Cookie",
};

TEST(ReservedHeader, HoldsInEverySpelling) {
  const policy::HeaderSettings settings;
  for (const std::string_view name : kReserved) EXPECT_TRUE(is_reserved_header(settings, name)) << name;
}

TEST(ReservedHeader, HoldsForEveryNameWithEverySeparator) {
  const policy::HeaderSettings settings;
  for (const std::string_view name : kReserved) {
    for (const char separator : {'_', '.', '-', '~', '!', ' '}) {
      std::string variant(name);
      for (char& c : variant)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = separator;
      EXPECT_TRUE(is_reserved_header(settings, variant)) << variant;
      for (char& c : variant) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      EXPECT_TRUE(is_reserved_header(settings, variant)) << variant;
    }
  }
}

TEST(ReservedHeader, LeavesOtherNamesAlone) {
  const policy::HeaderSettings settings;
  for (const std::string_view name : kFree) EXPECT_FALSE(is_reserved_header(settings, name)) << name;
}

TEST(ReservedHeader, FollowsTheConfiguredPrefix) {
  policy::HeaderSettings settings;
  settings.prefix = "X-Peer-";
  EXPECT_TRUE(is_reserved_header(settings, "x_peer_entity"));
  EXPECT_TRUE(is_reserved_header(settings, "Client-Cert"));
  EXPECT_FALSE(is_reserved_header(settings, "X-M2M-RI"));
}

TEST(ReservedHeader, HoldsWhenNoHeadersAreSent) {
  policy::HeaderSettings settings;
  settings.enabled = false;
  EXPECT_TRUE(is_reserved_header(settings, "X-M2M-SA-Entity"));
}

TEST(ReservedHeader, HoldsTheFiveNamesWithoutAPrefix) {
  policy::HeaderSettings settings;
  settings.prefix = "";
  EXPECT_TRUE(is_reserved_header(settings, "credential_id"));
  EXPECT_TRUE(is_reserved_header(settings, "SAEF"));
  EXPECT_FALSE(is_reserved_header(settings, "Accept"));
}

TEST(HopByHop, EndsHere) {
  for (const std::string_view name :
       {"Connection", "connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "transfer_encoding", "Upgrade",
        "HTTP2-Settings", "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Connection"}) {
    EXPECT_TRUE(is_hop_by_hop(name)) << name;
  }
  for (const std::string_view name : {"Accept", "Authorization", "Content-Type", "TEST", "Trailing"})
    EXPECT_FALSE(is_hop_by_hop(name)) << name;
}

TEST(Override, EndsHere) {
  for (const std::string_view name : {"X-HTTP-Method-Override", "x-http-method", "X-Method-Override", "X-Original-URL",
                                      "X-Rewrite-URL", "X-M2M--Origin", "XM2M-Origin"}) {
    EXPECT_TRUE(is_override(name)) << name;
  }
  EXPECT_FALSE(is_override("X-HTTP"));
}

}  // namespace
}  // namespace saproxy::proxy::http
