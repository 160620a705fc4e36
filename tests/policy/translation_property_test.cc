// What a client wrote is what every client reads, whatever the CSE makes of it, and however its answer is cut; the CSE
// never stores a secure point of access, and a client never sees a local one.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "policy/content_translation.h"
#include "tests/policy/answer_reading.h"
#include "tests/policy/content_tree.h"

namespace saproxy::policy {
namespace {

using S = Serialisation;
using Points = std::vector<std::string>;

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(std::size_t of) { return below(of) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

  std::string point() {
    static const Points kSchemes = {"https://", "coaps://", "http://", "coap://", "mqtt://", "HTTPS://"};
    static const Points kHosts = {"ae.example.com", "10.1.2.3:8443", "[2001:db8::1]", "h:1", "x.y:65535"};
    static const Points kPaths = {"", "/", "/notify", "/a/b%20c", "/~/cse/x;y=1,2"};
    return one_of(kSchemes) + one_of(kHosts) + one_of(kPaths);
  }
  // What is not ours to read may be any text, for XML without blanks.
  std::string junk() {
    static const Points kPieces = {
        "\"", "\\", "<", ">", "&", "'", "\xC3\xA4", "/", "a", "poa", "{", "]", "127.0.0.1:7001"};
    std::string text = "x";
    for (std::size_t i = below(4); i > 0; --i) text += one_of(kPieces);
    return text;
  }
  Points points() {
    Points list;
    for (std::size_t i = 1 + below(4); i > 0; --i) list.push_back(chance(4) ? junk() : point());
    list[below(list.size())] = chance(2) ? "https://ae.example.com:8443/n" : "coaps://ae.example.com";
    return list;
  }
  std::string url() {
    static const Points kHosts = {"ae.example.com", "10.1.2.3:8443", "[2001:db8::1]"};
    static const Points kPaths = {"", "/n", "/a/b%20c", "/n?ct=json", "/n?a=1&b=2"};
    return "https://" + one_of(kHosts) + one_of(kPaths);
  }
  // What may stand in nu, at least one of it a direct URL.
  Points targets() {
    static const Points kIdentifiers = {"Cae1", "/cse1/Cae1", "//sp.example.com/cse1/Cae1", "cse-in/ae1"};
    Points list;
    for (std::size_t i = 1 + below(4); i > 0; --i) list.push_back(chance(2) ? url() : one_of(kIdentifiers));
    list[below(list.size())] = url();
    return list;
  }
  // Other attributes, in any order around poa.
  Tree resource(const Tree& poa) {
    Tree tree = object({{"api", text("Nx")}, {"poa", poa}});
    if (chance(2))
      tree.members.insert(tree.members.begin(), {"lbl", text(one_of(Points{"poa", "http:", "a\"poa\":[b"}))});
    if (chance(2)) tree.members.emplace_back("ty", number(2));
    if (chance(2)) tree.members.emplace_back("rr", boolean(true));
    return tree;
  }

 private:
  std::mt19937 random_;
};

Tree as_list(const Points& texts) {
  Tree tree = list({});
  for (const std::string& one : texts) tree.items.push_back(text(one));
  return tree;
}

// As one text for XML, because to_xml leaves a blank behind each item of a list.
Tree poa_of(S serialisation, const Points& texts) {
  if (serialisation != S::Xml) return as_list(texts);
  std::string joined;
  for (const std::string& one : texts) joined += (joined.empty() ? "" : " ") + one;
  return text(joined);
}

std::string written(S serialisation, const Tree& tree, Lengths lengths = Lengths::Definite) {
  switch (serialisation) {
    case S::Json: return to_json(tree);
    case S::Xml: return to_xml(tree);
    case S::Cbor: return to_cbor(tree, lengths);
  }
  return {};
}

// XML of oneM2M escapes apostrophes or not; one spelling to compare.
std::string one_spelling(std::string text) {
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"&#60;", "&lt;"},
                                 {"&#62;", "&gt;"},
                                 {"&#38;", "&amp;"},
                                 {"&#34;", "&quot;"},
                                 {"&apos;", "'"}}) {
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
      text.replace(at, from.size(), to);
  }
  return text;
}

// The same resource (`kind`: "m2m:ae") alone, in a tree, in a group's answer, in a notification, announced.
Tree placed(std::size_t where, const std::string& kind, const Tree& resource, const Tree& other) {
  switch (where) {
    case 0: return object({{kind, resource}});
    case 1: return object({{"m2m:cb", object({{kind, resource}, {"poa", text("none")}, {"m2m:nod", other}})}});
    case 2: return object({{"m2m:agr", object({{"m2m:rsp", object({{"pc", object({{kind, resource}})}})}})}});
    case 3:
      return object(
          {{"m2m:sgn", object({{"nev", object({{"rep", object({{kind, resource}})}})}, {"sur", text("s")}})}});
    default: return object({{kind + "A", resource}});
  }
}

class RoundTrip : public ::testing::TestWithParam<S> {};

TEST_P(RoundTrip, GivesEveryClientWhatOneWrote) {
  const S serialisation = GetParam();
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    Generator generator(seed);
    KnownTokens tokens;
    const Points originals = generator.points();
    const std::string local = tokens.add(originals);
    const std::string kind = generator.chance(2) ? "m2m:ae" : "m2m:csr";
    const std::string client_content =
        written(serialisation, object({{kind, object({{"rn", text("x")}, {"poa", as_list(originals)}})}}));
    const auto read = read_resource_content(serialisation, client_content);
    ASSERT_TRUE(read) << seed << read.error().detail;
    ASSERT_EQ(*read->points_of_access, originals);
    const auto content = translate_points_of_access(serialisation, client_content, *read, {}, local);
    ASSERT_TRUE(content && *content) << seed;
    const auto stored = read_resource_content(serialisation, **content);
    ASSERT_EQ(*stored->points_of_access, Points{local}) << seed;

    const Points plain = {"http://h:80"};
    const std::size_t where = generator.below(5);
    const Lengths lengths = generator.chance(2) ? Lengths::Definite : Lengths::Indefinite;
    Generator again = generator;
    const auto body = [&](const Points& poa, Generator& same) {
      const Tree resource = same.resource(poa_of(serialisation, poa));
      return written(serialisation, placed(where, kind, resource, object({{"poa", poa_of(serialisation, plain)}})),
                     lengths);
    };
    const std::string answer = body({local}, generator);
    const std::string client = fed_in_every_way(serialisation, tokens.translation(), answer);
    EXPECT_EQ(one_spelling(client), one_spelling(body(originals, again))) << "seed " << seed;
    EXPECT_EQ(client.find(local), client.npos) << "seed " << seed;
  }
}

TEST_P(RoundTrip, GivesEveryClientTheUrlsThatOneWrote) {
  const S serialisation = GetParam();
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    Generator generator(seed);
    KnownTokens tokens;
    std::map<std::string, std::string, std::less<>> locals;  // of a URL; its query stays visible to the CSE
    const auto local_of = [&](std::string_view url) {
      auto& local = locals[std::string(url)];
      const std::size_t query = std::min(url.find('?'), url.size());
      if (local.empty()) local = tokens.add({std::string(url)}, LocalRoute::Target) + std::string(url.substr(query));
      return local;
    };
    const auto for_the_cse = [&](Points texts) {
      for (std::string& one : texts)
        if (one.starts_with("https://")) one = local_of(one);
      return texts;
    };
    const Points nu = generator.targets(), su = {generator.url()};
    const auto subscription = [&](const Points& targets, const Points& subscriber) {
      return object({{"nu", poa_of(serialisation, targets)}, {"nct", number(1)}, {"su", text(subscriber.front())}});
    };
    const std::string client_content = written(serialisation, object({{"m2m:sub", subscription(nu, su)}}));
    const auto content = translate_notification_targets(
        serialisation, client_content, {},
        [&](std::string_view url, const PointOfAccess&) -> identity::Result<std::optional<std::string>> {
          return local_of(url);
        });
    ASSERT_TRUE(content && *content) << seed;
    EXPECT_EQ((*content)->find("https://"), std::string::npos) << "seed " << seed;
    EXPECT_NE((*content)->find(kOrigin), std::string::npos) << "seed " << seed;

    const std::size_t where = generator.below(5);
    const Lengths lengths = generator.chance(2) ? Lengths::Definite : Lengths::Indefinite;
    const auto body = [&](const Tree& resource) {
      return written(serialisation, placed(where, "m2m:sub", resource, object({})), lengths);
    };
    const std::string client =
        fed_in_every_way(serialisation, tokens.translation(), body(subscription(for_the_cse(nu), for_the_cse(su))));
    EXPECT_EQ(one_spelling(client), one_spelling(body(subscription(nu, su)))) << "seed " << seed;
    EXPECT_EQ(client.find(kOrigin), client.npos) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Serialisations, RoundTrip, ::testing::Values(S::Json, S::Xml, S::Cbor), [](const auto& row) {
  return std::string(row.param == S::Json ? "Json" : row.param == S::Xml ? "Xml" : "Cbor");
});

}  // namespace
}  // namespace saproxy::policy
