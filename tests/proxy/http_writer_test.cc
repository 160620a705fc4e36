// Spec: TS-0009 6.4
#include "proxy/binding/http/writer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <ostream>
#include <sstream>
#include <string>

#include "policy/gate.h"
#include "policy/primitive.h"
#include "proxy/binding/http/to_primitive.h"
#include "tests/proxy/http_support.h"

namespace saproxy::proxy::http {
namespace {

using identity::AeStem;

identity::Association an_ae_association(std::string_view stem, std::string_view credential = "ae1@sp.example.com") {
  return identity::Association{
      .id = "w0-1",
      .credential_id = *identity::CredentialId::make(identity::CredentialType::SaefKey, credential),
      .saef = identity::Saef::Psk,
      .kind = identity::EntityKind::Ae,
      .identities = identity::StemList({*identity::Pattern::parse(stem)}),
      .source = identity::IdentitySource::Configured,
      .expires = 4'000'000'000,
      .generation = 1,
  };
}

policy::GateRules rules() {
  return {.sp = *identity::SpId::parse("sp.example.com"),
          .cse = *identity::CseId::parse("/cse1"),
          .base_name = {},
          .denied_originators = {},
          .registree_cses = {},
          .reserved_stems = {},
          .registration = {}};
}

policy::CseSettings a_cse() {
  policy::CseSettings cse{.id = *identity::CseId::parse("/cse1"),
                          .sp = *identity::SpId::parse("sp.example.com"),
                          .base_name = {},
                          .address = {},
                          .denied_originators = {}};
  cse.address.host = "127.0.0.1";
  cse.address.port = 8080;
  return cse;
}

struct Written {
  policy::CseSettings cse = a_cse();
  policy::HeaderSettings headers;
  BodyFraming framing;
  std::string identity_lines;

  // The request head as the CSE gets it, after the gate.
  std::string operator()(std::string_view input) const {
    RequestParser parser(ParseLimits{});
    const Event event = parser.feed(as_bytes(input));
    if (event.kind != Event::Kind::Head) return "!" + std::string(to_text(event.error));
    std::string scratch;
    const auto mapped = to_primitive(parser.head(), scratch);
    if (const auto* error = std::get_if<MappingError>(&mapped)) return "!" + std::string(to_text(*error));
    const policy::GateRules gate_rules = rules();
    const identity::Association association = an_ae_association("C1");
    const policy::ServiceProfile unused;
    const policy::Decision decision =
        policy::Gate(gate_rules, unused).judge(&association, std::get<policy::Primitive>(mapped), 1'000);
    const auto* forward = std::get_if<policy::Forward>(&decision);
    if (forward == nullptr) return "!refused";
    Output out;
    write_request_head(out, parser.head(), *forward, cse, headers, identity_lines, framing);
    return as_text(out);
  }
};

// Golden files: what the CSE and the registree see on the wire. SAPROXY_UPDATE_GOLDEN=1 rewrites them; read the diff.
void expect_golden(const std::string& name, const std::string& bytes) {
  const std::string path = std::string(SAPROXY_SOURCE_DIR) + "/tests/data/http/" + name;
  if (std::getenv("SAPROXY_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << bytes;
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_EQ(bytes, content.str()) << path;
}

constexpr std::string_view kCreate =
    "POST /%63se1?rcn=1&lbq=%2f%7e HTTP/1.1\r\nhost: proxy.example.com:443\r\nUser-Agent: ae/1\r\nX-M2M-Origin: "
    "C1\r\nX-M2M-RI: r1\r\n"
    "Accept: application/json\r\nContent-Type: Application/JSON; charset=utf-8; x=\"ty=4\"; ty=3\r\nExpect: "
    "100-continue\r\n"
    "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Authorization: Basic "
    "eDp5\r\n"
    "X-M2M-SA-Entity: cse\r\nx-m2m-sa-identities: CAdmin\r\nClient-Cert: :AAAA:\r\nForwarded: "
    "for=10.0.0.1\r\nX-Forwarded-For: 10.0.0.1\r\n"
    "X-HTTP-Method-Override: DELETE\r\nX-Empty:\r\nX-Own: kept\r\nContent-Length: 2\r\n\r\n";

TEST(RequestWriter, WritesTheHeadAnew) {
  Written write;
  write.framing = {BodyFraming::Kind::Length, 2};
  write.identity_lines = identity_header_lines(write.headers, an_ae_association("C1"), "192.0.2.1:4711", {});
  std::string input(kCreate);
  input.replace(input.find("&lbq=%2f%7e"), 11, "");  // no filter criteria on a CREATE
  expect_golden("create.request", write(input));
}

TEST(RequestWriter, WritesWhatTinyIotNeeds) {
  Written write;
  write.cse.keep_alive = false;
  write.cse.insert_release_version = true;
  write.cse.whole_requests = true;
  expect_golden("tinyiot.request",
                write("GET /~/cse1/TinyIoT?rcn=4&lbl=%c3%a9+%26 HTTP/1.0\r\nX-M2M-Origin: C1\r\nX-M2M-RI: r1\r\n\r\n"));
}

TEST(RequestWriter, ChunksWhenTheLengthIsNotKnown) {
  Written write;
  write.framing.kind = BodyFraming::Kind::Chunked;
  expect_golden("chunked.request",
                write("PUT /a HTTP/1.1\r\nHost: c\r\nX-M2M-Origin: C1\r\nTransfer-Encoding: chunked\r\n"
                      "Content-Type: application/xml\r\nX-M2M-RVI: 3\r\n\r\n"));
}

TEST(RequestWriter, NamesAUnixSocketLocalhost) {
  Written write;
  write.cse.address = {};
  write.cse.address.unix_path = "/run/cse.sock";
  EXPECT_NE(write("GET /a HTTP/1.1\r\nHost: c\r\nX-M2M-Origin: C1\r\n\r\n").find("\r\nHost: localhost\r\n"),
            std::string::npos);
}

TEST(RequestWriter, PutsBracketsAroundIpv6) {
  Written write;
  write.cse.address.host = "::1";
  EXPECT_NE(write("GET /a HTTP/1.1\r\nHost: c\r\nX-M2M-Origin: C1\r\n\r\n").find("\r\nHost: [::1]:8080\r\n"),
            std::string::npos);
}

TEST(RequestWriter, SaysThatAPostWithoutContentHasNone) {
  EXPECT_NE(Written()("POST /a HTTP/1.1\r\nHost: c\r\nX-M2M-Origin: C1\r\n\r\n").find("\r\nContent-Length: 0\r\n"),
            std::string::npos);
  EXPECT_EQ(
      Written()("GET /a HTTP/1.1\r\nHost: c\r\nX-M2M-Origin: C1\r\nContent-Length: 0\r\n\r\n").find("Content-Length"),
      std::string::npos);
}

// Design invariant 2: one value of each, and it is ours.
TEST(RequestWriter, LetsNoIdentityHeaderThrough) {
  Written write;
  write.headers.client_cert = write.headers.forwarded = true;
  write.identity_lines = identity_header_lines(write.headers, an_ae_association("C1"), "[2001:db8::1]:4711", "der");
  for (const std::string_view name :
       {"X-M2M-SA-Credential-ID", "X-M2M-SA-Entity", "X-M2M-SA-Identities", "X-M2M-SA-SAEF", "X-M2M-SA-Association",
        "Client-Cert", "Forwarded", "x-m2m-sa-entity", "X-M2M-SAEntity", "X-M2M-SA-EntityX", "X-M2M--SA-Entity",
        "XM2MSAEntity", "X-Forwarded-For", "X-SSL-Client-DN", "X-Forwarded-Client-Cert", "Client-Cert-Chain",
        "X-Real-IP", "Remote-User"}) {
    const std::string out =
        write("GET /a HTTP/1.1\r\nHost: c\r\nX-M2M-Origin: C1\r\n" + std::string(name) + ": forged\r\n" +
              std::string(name) + "-: forged\r\nConnection: " +
              std::string(name.starts_with("X-M2M") || name.starts_with("x-m2m") || name == "Forwarded" ? "x" : name) +
              "\r\n\r\n");
    EXPECT_EQ(out.find("forged"), std::string::npos) << name;
    EXPECT_NE(out.find("\r\nX-M2M-SA-Entity: ae\r\n"), std::string::npos) << out;
    EXPECT_NE(out.find("\r\nX-M2M-SA-Identities: C1\r\n"), std::string::npos) << out;
    EXPECT_NE(out.find("\r\nClient-Cert: :ZGVy:\r\n"), std::string::npos) << out;
    EXPECT_NE(out.find("\r\nForwarded: for=\"[2001:db8::1]:4711\";proto=https\r\n"), std::string::npos) << out;
  }
}

TEST(RequestWriter, CanBeReadBack) {
  for (const std::string_view target :
       {"/a", "/~/cse1/%41?rcn=%31&lbl=%c3%a9%26", "/_/sp.example.com/cse1/a%20b?lbl=a+b"}) {
    for (const auto kind : {BodyFraming::Kind::None, BodyFraming::Kind::Length, BodyFraming::Kind::Chunked}) {
      Written write;
      write.framing = {kind, 7};
      const std::string out = write("PUT " + std::string(target) +
                                    " HTTP/1.1\r\nHost: c\r\nX-M2M-Origin: C1\r\nX-M2M-RI: r\r\n"
                                    "Content-Type: application/json\r\nX-A: b\r\n\r\n");
      RequestParser parser(ParseLimits{});
      ASSERT_EQ(parser.feed(as_bytes(out)).kind, Event::Kind::Head) << out;
      const RequestHead& head = parser.head();
      EXPECT_EQ(head.method, Method::Put);
      EXPECT_EQ(head.find("X-M2M-Origin")->value, "C1");
      EXPECT_EQ(head.find("X-M2M-RI")->value, "r");
      EXPECT_EQ(head.find("X-A")->value, "b");
      EXPECT_EQ(head.chunked, kind == BodyFraming::Kind::Chunked);
      EXPECT_EQ(head.content_length.value_or(99), kind == BodyFraming::Kind::Length ? 7U
                                                  : kind == BodyFraming::Kind::None ? 0U
                                                                                    : 99U);
      EXPECT_EQ(write(out), out) << "the normal form is stable";
    }
  }
}

TEST(Oversized, NamesWhatTheCseCannotTake) {
  policy::CseSettings cse = a_cse();
  cse.max_header_value = 200;
  cse.max_request_id = cse.max_originator = 100;
  cse.max_query = 100;
  const auto found = [&](const std::string& fields, const std::string& query = "") -> std::string {
    RequestParser parser(ParseLimits{});
    EXPECT_EQ(parser.feed(as_bytes("GET /a" + query + " HTTP/1.1\r\nHost: c\r\n" + fields + "\r\n")).kind,
              Event::Kind::Head);
    return std::string(oversized(parser.head(), cse).value_or(""));
  };
  EXPECT_EQ(found("X-A: " + std::string(200, 'a') + "\r\nX-M2M-RI: " + std::string(100, 'a') + "\r\n"), "");
  EXPECT_EQ(found("X-A: " + std::string(201, 'a') + "\r\n"), "X-A");
  EXPECT_EQ(found("X-M2M-RI: " + std::string(101, 'a') + "\r\n"), "X-M2M-RI");
  EXPECT_EQ(found("X-M2M-Origin: " + std::string(101, 'a') + "\r\n"), "X-M2M-Origin");
  EXPECT_EQ(found("", "?lbl=" + std::string(96, 'a')), "");
  EXPECT_EQ(found("", "?lbl=" + std::string(97, 'a')), "query");
  EXPECT_EQ(found("", std::string(200, 'a')), "") << "a path is no query";
}

TEST(IdentityHeaders, EscapeWhatCouldEndALineOrAList) {
  const policy::HeaderSettings settings;
  const std::string lines = identity_header_lines(settings, an_ae_association("C,1%2"), "x", "der");
  EXPECT_EQ(lines,
            "X-M2M-SA-Credential-ID: 12-ae1@sp.example.com\r\nX-M2M-SA-Entity: ae\r\nX-M2M-SA-Identities: C%2C1%252\r\n"
            "X-M2M-SA-SAEF: psk\r\nX-M2M-SA-Association: w0-1\r\n");
}

TEST(IdentityHeaders, NameTheCse) {
  identity::Association association = an_ae_association("C1");
  association.kind = identity::EntityKind::Cse;
  association.identities = *identity::CseId::parse("/mn1");
  EXPECT_NE(identity_header_lines({}, association, {}, {}).find("X-M2M-SA-Identities: /mn1\r\n"), std::string::npos);
}

TEST(IdentityHeaders, LeaveOutAnIdentityThatIsNotKnown) {
  identity::Association association = an_ae_association("C1");
  association.identities = identity::Unresolved{};
  EXPECT_EQ(identity_header_lines({}, association, {}, {}).find("Identities"), std::string::npos);
}

TEST(IdentityHeaders, CutALongListAtAWholeItem) {
  std::vector<identity::Pattern> patterns(500, *identity::Pattern::parse("C12345678"));
  identity::Association association = an_ae_association("C1");
  association.identities = identity::StemList(patterns);
  const std::string lines = identity_header_lines({}, association, {}, {});
  EXPECT_LT(lines.size(), 1200U);
  EXPECT_NE(lines.find("C12345678,%...\r\n"), std::string::npos);
}

TEST(IdentityHeaders, EncodeTheCertificateOfAnyLength) {
  policy::HeaderSettings settings;
  settings.enabled = false;
  settings.client_cert = true;
  const auto encoded = [&](std::string_view der) {
    return identity_header_lines(settings, an_ae_association("C1"), {}, der);
  };
  EXPECT_EQ(encoded("f"), "Client-Cert: :Zg==:\r\n");
  EXPECT_EQ(encoded("fo"), "Client-Cert: :Zm8=:\r\n");
  EXPECT_EQ(encoded("foo"), "Client-Cert: :Zm9v:\r\n");
  EXPECT_EQ(encoded("foob\xff\xfe"), "Client-Cert: :Zm9vYv/+:\r\n");
  EXPECT_EQ(encoded(""), "");
}

TEST(IdentityHeaders, QuoteOrHideTheAddress) {
  policy::HeaderSettings settings;
  settings.enabled = false;
  settings.forwarded = true;
  const auto forwarded = [&](std::string_view peer) {
    return identity_header_lines(settings, an_ae_association("C1"), peer, {});
  };
  EXPECT_EQ(forwarded("192.0.2.1:80"), "Forwarded: for=\"192.0.2.1:80\";proto=https\r\n");
  EXPECT_EQ(forwarded("[::1]:80"), "Forwarded: for=\"[::1]:80\";proto=https\r\n");
  EXPECT_EQ(forwarded("unix:\"x"), "Forwarded: for=unknown;proto=https\r\n");
  EXPECT_EQ(forwarded(""), "Forwarded: for=unknown;proto=https\r\n");
}

std::string written_response(std::string_view input, BodyFraming framing, bool close) {
  ResponseParser parser(ParseLimits{});
  parser.expect(false);
  if (parser.feed(as_bytes(input)).kind != Event::Kind::Head) return "!";
  Output out;
  write_response_head(out, parser.head(), framing, close);
  return as_text(out);
}

TEST(ResponseWriter, WritesTheAnswerOfTinyIotAnew) {
  expect_golden(
      "tinyiot.response",
      written_response("HTTP/1.1 201 Created\r\nConnection: Close, X-Hop\r\nX-Hop: 1\r\nServer: tinyIoT "
                       "v0.1\r\nX-M2M-SA-Entity: ae\r\n"
                       "Content-Type: application/json; charset=utf-8\r\nKeep-Alive: x\r\nForwarded: x\r\nX-Empty:\r\n"
                       "Set-Cookie: a=b\r\nSet-Cookie: c=d\r\nAlt-Svc: clear\r\nContent-Length: 230\r\nX-M2M-RSC: "
                       "2001\r\nX-M2M-RI: r1\r\n\r\n",
                       {BodyFraming::Kind::Length, 230}, false));
}

TEST(ResponseWriter, FramesAsItIsTold) {
  constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\n\r\n";
  EXPECT_EQ(written_response(kOk, {BodyFraming::Kind::None, 0}, true),
            "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(written_response(kOk, {BodyFraming::Kind::Chunked, 0}, false),
            "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(written_response(kOk, {BodyFraming::Kind::UntilClose, 0}, false),
            "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(written_response("HTTP/1.1 204 No Content\r\n\r\n", {}, false),
            "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ResponseWriter, LeavesOutAResponseCodeThatIsNone) {
  for (const std::string_view code : {"2001x", "20010", "200", "done", "4105, 2001"}) {
    const std::string answer = "HTTP/1.1 201 Created\r\nx-m2m-rsc: " + std::string(code) + "\r\nX-A: 1\r\n\r\n";
    EXPECT_EQ(written_response(answer, {BodyFraming::Kind::None, 0}, false),
              "HTTP/1.1 201 Created\r\nX-A: 1\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")
        << code;
  }
}

TEST(ResponseWriter, WritesChunks) {
  Output out;
  write_chunk(out, as_bytes(std::string(26, 'x')));
  write_chunk(out, {});
  write_last_chunk(out);
  EXPECT_EQ(as_text(out), "1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
  out.clear();
  write_continue(out);
  EXPECT_EQ(as_text(out), "HTTP/1.1 100 Continue\r\n\r\n");
}

std::string refusal(policy::Serialisation serialisation, std::string_view text, bool head_only = false) {
  Output out;
  write_refusal(out, {.code = policy::ResponseCode::OriginatorNotAuthenticated,
                      .status = {},
                      .text = text,
                      .request_id = "r1",
                      .release_version = "3",
                      .serialisation = serialisation,
                      .close = false,
                      .head_only = head_only});
  return as_text(out);
}

TEST(RefusalWriter, IsWrittenInTheSerialisationOfTheClient) {
  expect_golden("refusal.json", refusal(policy::Serialisation::Json, "no \"quotes\" \\ and <tags> & \x01"));
  expect_golden("refusal.xml", refusal(policy::Serialisation::Xml, "no \"quotes\" \\ and <tags> & \x01"));
  expect_golden("refusal.cbor", refusal(policy::Serialisation::Cbor, "no \"quotes\" \\ and <tags> & \x01"));
}

TEST(RefusalWriter, HasTheLengthThatItNames) {
  for (const auto serialisation :
       {policy::Serialisation::Json, policy::Serialisation::Xml, policy::Serialisation::Cbor}) {
    for (const std::size_t size : {0U, 1U, 23U, 24U, 100U, 200U, 500U}) {
      const std::string answer = refusal(serialisation, std::string(size, '<'));
      ResponseParser parser(ParseLimits{});
      parser.expect(false);
      std::size_t left = 0;
      EXPECT_TRUE(trace(parser, answer, kWhole, kWhole, &left).ends_with("E ")) << answer;
      EXPECT_EQ(left, 0U);
      EXPECT_EQ(parser.head().find("X-M2M-RSC")->value, "4106");
    }
  }
}

TEST(RefusalWriter, OfHeadHasNoBody) {
  const std::string with = refusal(policy::Serialisation::Json, "x");
  const std::string without = refusal(policy::Serialisation::Json, "x", true);
  EXPECT_EQ(without, with.substr(0, without.size()));
  EXPECT_TRUE(without.ends_with("\r\n\r\n"));
}

TEST(RefusalWriter, EchoesOnlyWhatIsShortAndPrintable) {
  const auto echoes = [](std::string_view id) {
    Output out;
    write_refusal(
        out,
        {.code = policy::ResponseCode::BadRequest, .status = {}, .text = "x", .request_id = id, .release_version = {}});
    return as_text(out).find("X-M2M-RI: ") != std::string::npos;
  };
  EXPECT_TRUE(echoes("r1"));
  EXPECT_FALSE(echoes(""));
  EXPECT_FALSE(echoes("a\r\nSet-Cookie: x"));
  EXPECT_FALSE(echoes("\xff"));
  EXPECT_FALSE(echoes(std::string(300, 'a')));
}

TEST(RefusalWriter, NamesTheMethodsThatAreAllowed) {
  Output out;
  write_refusal(out, {.code = policy::ResponseCode::OperationNotAllowed,
                      .status = 405,
                      .text = "x",
                      .request_id = {},
                      .release_version = {},
                      .close = true});
  EXPECT_NE(as_text(out).find("HTTP/1.1 405 Method Not Allowed\r\nX-M2M-RSC: 4005\r\n"), std::string::npos);
  EXPECT_NE(as_text(out).find("\r\nAllow: GET, POST, PUT, DELETE\r\nConnection: close\r\n"), std::string::npos);
}

}  // namespace
}  // namespace saproxy::proxy::http
