// What a client wrote is what every client reads, whatever the CSE makes of it, and however its answer is cut; the CSE
// never stores a secure point of access, and a client never sees a local one.
#include <gtest/gtest.h>

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

// The same resource alone, in a tree, in a group's answer, in a notification.
Tree placed(std::size_t where, const Tree& resource, const Tree& other) {
  switch (where) {
    case 0: return object({{"m2m:ae", resource}});
    case 1: return object({{"m2m:cb", object({{"m2m:ae", resource}, {"poa", text("none")}, {"m2m:csr", other}})}});
    case 2: return object({{"m2m:agr", object({{"m2m:rsp", object({{"pc", object({{"m2m:ae", resource}})}})}})}});
    case 3:
      return object(
          {{"m2m:sgn", object({{"nev", object({{"rep", object({{"m2m:ae", resource}})}})}, {"sur", text("s")}})}});
    default: return object({{"m2m:aeA", resource}});
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
    const std::string client_content =
        written(serialisation, object({{"m2m:ae", object({{"api", text("Nx")}, {"poa", as_list(originals)}})}}));
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
      return written(serialisation, placed(where, resource, object({{"poa", poa_of(serialisation, plain)}})), lengths);
    };
    const std::string answer = body({local}, generator);
    const std::string client = fed_in_every_way(serialisation, tokens.translation(), answer);
    EXPECT_EQ(one_spelling(client), one_spelling(body(originals, again))) << "seed " << seed;
    EXPECT_EQ(client.find(local), client.npos) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Serialisations, RoundTrip, ::testing::Values(S::Json, S::Xml, S::Cbor), [](const auto& row) {
  return std::string(row.param == S::Json ? "Json" : row.param == S::Xml ? "Xml" : "Cbor");
});

}  // namespace
}  // namespace saproxy::policy
