// One row for each case of a clause: who asks, what, with which From, and what becomes of it.
// Spec: TS-0004 7.3.2.1, 7.3.2.7
#include "policy/gate.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/policy/gate_builders.h"
#include "tests/policy/gate_outcomes.h"

namespace saproxy::policy::testing {
namespace {

enum class Peer { Ae, TwoAes, AnyC, AnyS, AnyAe, Inner, SpAe, AdminAe, OddAe, NoAe, Cse, Stranger, Outside, Ended };
enum class Ask { CreateAe, CreateCse, CreateContainer, CreateAnnouncedAe, Retrieve, Update, Delete, Notify };

constexpr const char* kAbsent = nullptr;

struct Row {
  const char* name;
  const char* clause;
  Peer peer;
  Ask ask;
  const char* from;
  const char* outcome;
};

const identity::Association* association_of(Peer peer) {
  static const std::map<Peer, identity::Association> kAssociations = [] {
    auto ended = an_ae({"C1"});
    ended.expires = kNow / 1000;
    return std::map<Peer, identity::Association>{
        {Peer::Ae, an_ae({"C1"})},   {Peer::TwoAes, an_ae({"C1", "C2"})}, {Peer::AnyC, an_ae({"C*"})},
        {Peer::AnyS, an_ae({"S*"})}, {Peer::AnyAe, an_ae({"*"})},         {Peer::Inner, an_ae({"C123*X"})},
        {Peer::SpAe, an_ae({"S1"})}, {Peer::AdminAe, an_ae({"CAdmin"})},  {Peer::OddAe, an_ae({"foo"})},
        {Peer::NoAe, an_ae({})},     {Peer::Cse, a_cse("/cse2")},         {Peer::Stranger, a_stranger()},
        {Peer::Ended, ended}};
  }();
  const auto found = kAssociations.find(peer);
  return found == kAssociations.end() ? nullptr : &found->second;
}

Primitive primitive_of(Ask ask, std::optional<std::string_view> from) {
  switch (ask) {
    case Ask::CreateAe: return a_request(Operation::Create, from, kTypeAe);
    case Ask::CreateCse: return a_request(Operation::Create, from, kTypeRemoteCse);
    case Ask::CreateContainer: return a_request(Operation::Create, from, 3);
    case Ask::CreateAnnouncedAe: return a_request(Operation::Create, from, 10002);
    case Ask::Retrieve: return a_request(Operation::Retrieve, from);
    case Ask::Update: return a_request(Operation::Update, from);
    case Ask::Delete: return a_request(Operation::Delete, from);
    case Ask::Notify: return a_request(Operation::Notify, from);
  }
  return {};
}

constexpr const char* kRule1 = "TS-0004 7.3.2.1 rule 1";
constexpr const char* kRule2 = "TS-0004 7.3.2.1 rule 2";
constexpr const char* kRule3 = "TS-0004 7.3.2.1 rule 3";
constexpr const char* kRule4a = "TS-0004 7.3.2.1 rule 4a";
constexpr const char* kRule4b = "TS-0004 7.3.2.1 rule 4b";
constexpr const char* kRule4c = "TS-0004 7.3.2.1 rule 4c";
constexpr const char* kRule4 = "TS-0004 7.3.2.1 rule 4";
constexpr const char* kRule5 = "TS-0004 7.3.2.1 rule 5";
constexpr const char* kRule6 = "TS-0004 7.3.2.1 rule 6";
constexpr const char* kAeReg = "TS-0001 10.2.2.2";
constexpr const char* kCseReg = "TS-0001 10.2.2.7, TS-0004 7.4.4.2.1";
constexpr const char* kIds = "TS-0001 7.2";
constexpr const char* kImpersonation = "TS-0003 7.2.1";
constexpr const char* kBinding = "TS-0003 8.2.1";
constexpr const char* kLearning = "TS-0003 8.2.2.1";

using enum Peer;
using enum Ask;

constexpr Row kPresence[] = {
    {"AeRetrieveWithout", kRule1, Ae, Retrieve, kAbsent, kMissing},
    {"AeRetrieveEmpty", kRule1, Ae, Retrieve, "", kMissing},
    {"AeCreateContainerWithout", kRule1, Ae, CreateContainer, kAbsent, kMissing},
    {"AeUpdateWithout", kRule1, Ae, Update, kAbsent, kMissing},
    {"AeDeleteWithout", kRule1, Ae, Ask::Delete, kAbsent, kMissing},
    {"AeNotifyWithout", kRule1, Ae, Notify, kAbsent, kMissing},
    {"AeCreateCseWithout", kRule1, Ae, CreateCse, kAbsent, kMissing},
    {"AeWithWildcardWithout", kRule1, AnyAe, Retrieve, kAbsent, kMissing},
    {"CseRetrieveWithout", kRule1, Peer::Cse, Retrieve, kAbsent, kMissing},
    {"CseNotifyEmpty", kRule1, Peer::Cse, Notify, "", kMissing},
    {"CseCreateCseWithout", kRule1, Peer::Cse, CreateCse, kAbsent, kMissing},
    {"StrangerRetrieveWithout", kRule1, Stranger, Retrieve, kAbsent, kMissing},
    {"OutsideRetrieveWithout", kRule1, Outside, Retrieve, kAbsent, kMissing},
};

constexpr Row kForms[] = {
    {"OwnStemSpRelative", kRule2, Ae, Retrieve, "/cse-in/C1", kForm},
    {"OwnStemAbsolute", kRule2, Ae, Retrieve, "//sp.example.com/cse-in/C1", kForm},
    {"OwnSpStemSpRelative", kRule2, SpAe, Retrieve, "/S1", kForm},
    {"OwnSpStemAbsolute", kRule2, SpAe, Retrieve, "//sp.example.com/S1", kForm},
    {"OwnStemStructured", kRule2, Ae, Retrieve, "cse-in/C1", kForm},
    {"OwnStemLowerCase", kRule2, Ae, Retrieve, "c1", kForm},
    {"OwnStemSpRelativeCreate", kRule2, Ae, CreateAe, "/cse-in/C1", kForm},
    {"OwnStemAbsoluteCreate", kRule2, Ae, CreateAe, "//sp.example.com/cse-in/C1", kForm},
    {"OwnStemSpRelativeUpdate", kRule2, Ae, Update, "/cse-in/C1", kForm},
    {"OwnStemSpRelativeDelete", kRule2, Ae, Ask::Delete, "/cse-in/C1", kForm},
    {"OwnStemSpRelativeNotify", kRule2, Ae, Notify, "/cse-in/C1", kForm},
    {"CseIdOfAnother", kRule2, Ae, Retrieve, "/cse2", kForm},
    {"AbsoluteCseIdOfAnother", kRule2, Ae, Retrieve, "//sp.example.com/cse2", kForm},
    {"CseIdOfNobody", kRule2, AnyAe, Retrieve, "/cse9", kForm},
    {"BareCRetrieve", kRule2, AnyC, Retrieve, "C", kForm},
    {"BareSRetrieve", kRule2, AnyS, Retrieve, "S", kForm},
    {"BareCCreateContainer", kRule2, AnyAe, CreateContainer, "C", kForm},
    {"BareCCreateCse", kRule2, AnyAe, CreateCse, "C", kForm},
    {"SlashC", kRule2, AnyAe, CreateAe, "/C", kForm},
    {"SlashS", kRule2, AnyAe, CreateAe, "/S", kForm},
    {"OtherFirstLetter", kRule2, AnyAe, Retrieve, "X1", kForm},
    {"OddListDoesNotHelp", kRule2, OddAe, Retrieve, "foo", kForm},
    {"TrailingSlash", kRule2, Ae, Retrieve, "C1/", kForm},
    {"TwoIdsWithComma", kRule2, AnyAe, Retrieve, "C1,C2", kForm},
    {"Percent", kRule2, AnyAe, Retrieve, "C%31", kForm},
    {"Quoted", kRule2, AnyAe, Retrieve, "\"C1\"", kForm},
    {"WildcardItself", kRule2, AnyC, Retrieve, "C*", kForm},
};

constexpr Row kAeOriginators[] = {
    {"OwnStemRetrieve", kRule3, Ae, Retrieve, "C1", "forward as 'C1'"},
    {"OwnStemCreateContainer", kRule3, Ae, CreateContainer, "C1", "forward as 'C1'"},
    {"OwnStemUpdate", kRule3, Ae, Update, "C1", "forward as 'C1'"},
    {"OwnStemDelete", kRule3, Ae, Ask::Delete, "C1", "forward as 'C1'"},
    {"OwnStemNotify", kRule3, Ae, Notify, "C1", "forward as 'C1'"},
    {"OtherStemRetrieve", kRule3, Ae, Retrieve, "C2", kNotAllowed},
    {"OtherStemCreateAe", kRule3, Ae, CreateAe, "C2", kNotAllowed},
    {"OtherStemCreateContainer", kRule3, Ae, CreateContainer, "C2", kNotAllowed},
    {"OtherStemUpdate", kRule3, Ae, Update, "C2", kNotAllowed},
    {"OtherStemDelete", kRule3, Ae, Ask::Delete, "C2", kNotAllowed},
    {"OtherStemNotify", kRule3, Ae, Notify, "C2", kNotAllowed},
    {"OtherStemCreateCse", kRule3, Ae, CreateCse, "C2", kNotAllowed},
    {"LongerStem", kRule3, Ae, Retrieve, "C11", kNotAllowed},
    {"OtherLetter", kRule3, Ae, Retrieve, "S1", kNotAllowed},
    {"SecondOfTwo", kRule3, TwoAes, Retrieve, "C2", "forward as 'C2'"},
    {"ThirdOfTwo", kRule3, TwoAes, Retrieve, "C3", kNotAllowed},
    {"AnyCCoversC", kRule3, AnyC, Retrieve, "Cxyz", "forward as 'Cxyz'"},
    {"AnyCDoesNotCoverS", kRule3, AnyC, Retrieve, "Sxyz", kNotAllowed},
    {"AnySCoversS", kRule3, AnyS, Retrieve, "S_SAH25", "forward as 'S_SAH25'"},
    {"AnySDoesNotCoverC", kRule3, AnyS, Retrieve, "C1", kNotAllowed},
    {"AnyCoversBoth", kRule3, AnyAe, Retrieve, "S1", "forward as 'S1'"},
    {"InnerWildcardCovers", kRule3, Inner, Retrieve, "C123abcX", "forward as 'C123abcX'"},
    {"InnerWildcardNeedsItsEnd", kRule3, Inner, Retrieve, "C123abcY", kNotAllowed},
    {"EmptyListCoversNothing", kRule3, NoAe, Retrieve, "C1", kNotAllowed},
};

constexpr Row kReserved[] = {
    {"AdminByAe", kImpersonation, Ae, Retrieve, "CAdmin", kDenied},
    {"AdminByAeWithWildcard", kImpersonation, AnyC, Retrieve, "CAdmin", kDenied},
    {"AdminByAeWithStar", kImpersonation, AnyAe, Ask::Delete, "CAdmin", kDenied},
    {"AdminByItsOwnList", kImpersonation, AdminAe, Retrieve, "CAdmin", kDenied},
    {"AdminOtherCase", kImpersonation, AnyC, Retrieve, "CADMIN", kDenied},
    {"AdminSpRelative", kImpersonation, Ae, Retrieve, "/cse-in/CAdmin", kDenied},
    {"AdminAbsolute", kImpersonation, Ae, Retrieve, "//sp.example.com/cse-in/CAdmin", kDenied},
    {"AdminStructured", kImpersonation, Ae, Retrieve, "cse-in/CAdmin", kDenied},
    {"AdminTrailingSlash", kImpersonation, Ae, Retrieve, "CAdmin/", kDenied},
    {"AdminInAList", kImpersonation, AnyAe, Retrieve, "C1,CAdmin", kDenied},
    {"DottedAdmin", kImpersonation, AnyAe, Update, "cse.admin", kDenied},
    {"ColonAdmin", kImpersonation, AnyAe, Retrieve, "admin:admin", kDenied},
    {"SuperuserIsAnSpStem", kImpersonation, AnyS, Retrieve, "Superman", kDenied},
    {"AdminRegisters", kImpersonation, AnyC, CreateAe, "CAdmin", kDenied},
    {"AdminCertifiedAndAbsent", kImpersonation, AdminAe, CreateAe, kAbsent, kDenied},
    {"AdminCertifiedAndC", kImpersonation, AdminAe, CreateAe, "C", kDenied},
    {"AdminCreatesCse", kImpersonation, AnyAe, CreateCse, "CAdmin", kDenied},
    {"AdminByCse", kImpersonation, Peer::Cse, Retrieve, "CAdmin", kDenied},
    {"AdminOfCseItself", kImpersonation, Peer::Cse, Retrieve, "/cse2/CAdmin", kDenied},
    {"AdminAbsoluteByCse", kImpersonation, Peer::Cse, Notify, "//sp.example.com/cse2/CAdmin", kDenied},
    {"AdminForeignSpByCse", kImpersonation, Peer::Cse, Retrieve, "//other.example.org/cse9/cadmin", kDenied},
    {"SuperuserByCse", kImpersonation, Peer::Cse, Retrieve, "/Superman", kDenied},
    {"SuperuserStemByCse", kImpersonation, Peer::Cse, Retrieve, "Superman", kDenied},
    {"DottedAdminByCse", kImpersonation, Peer::Cse, Retrieve, "/cse.admin", kDenied},
    {"AdminByStranger", kImpersonation, Stranger, CreateAe, "CAdmin", kDenied},
    {"PartOfAnAdminIsFree", kImpersonation, AnyC, Retrieve, "CAdmin2", "forward as 'CAdmin2'"},
    {"OwnCseByAe", kBinding, Ae, Retrieve, "/cse-in", kOwn},
    {"OwnCseAbsoluteByAe", kBinding, Ae, Retrieve, "//sp.example.com/cse-in", kOwn},
    {"OwnCseBareByAe", kBinding, AnyAe, Retrieve, "cse-in", kOwn},
    {"OwnCseByAeCreateCse", kBinding, AnyAe, CreateCse, "/cse-in", kOwn},
    {"OwnCseByCse", kBinding, Peer::Cse, Retrieve, "/cse-in", kOwn},
    {"OwnCseAbsoluteByCse", kBinding, Peer::Cse, Notify, "//sp.example.com/cse-in", kOwn},
    {"OwnCseBareByCse", kBinding, Peer::Cse, Update, "cse-in", kOwn},
    {"OwnCseOtherCaseByCse", kBinding, Peer::Cse, Retrieve, "/CSE-IN", kOwn},
    {"OwnCseRegistersByCse", kBinding, Peer::Cse, CreateCse, "/cse-in", kOwn},
    {"OwnCseByStranger", kBinding, Stranger, CreateAe, "/cse-in", kOwn},
    {"SameNameAtAnotherSp", kRule4, Peer::Cse, Retrieve, "//other.example.org/cse-in",
     "forward as '//other.example.org/cse-in'"},
};

constexpr Row kCseOriginators[] = {
    {"OwnId", kRule4, Peer::Cse, Retrieve, "/cse2", "forward as '/cse2'"},
    {"OwnIdAbsolute", kRule4, Peer::Cse, Retrieve, "//sp.example.com/cse2", "forward as '//sp.example.com/cse2'"},
    {"OwnIdCreateContainer", kRule4, Peer::Cse, CreateContainer, "/cse2", "forward as '/cse2'"},
    {"OwnIdUpdate", kRule4, Peer::Cse, Update, "/cse2", "forward as '/cse2'"},
    {"OwnIdDelete", kRule4, Peer::Cse, Ask::Delete, "/cse2", "forward as '/cse2'"},
    {"OwnIdNotify", kRule4, Peer::Cse, Notify, "/cse2", "forward as '/cse2'"},
    {"OtherRegistree", kRule4a, Peer::Cse, Retrieve, "/cse3", kOtherCse},
    {"OtherRegistreeAbsolute", kRule4a, Peer::Cse, Retrieve, "//sp.example.com/cse3", kOtherCse},
    {"OtherRegistreeNotify", kRule4a, Peer::Cse, Notify, "/cse3", kOtherCse},
    {"OtherRegistreeCreateCse", kRule4a, Peer::Cse, CreateCse, "/cse3", kOtherCse},
    {"OtherRegistreeCreateContainer", kRule4a, Peer::Cse, CreateContainer, "/cse3", kOtherCse},
    {"SameNameAtAnotherSpIsAnother", kRule4a, Peer::Cse, Retrieve, "//other.example.org/cse3",
     "forward as '//other.example.org/cse3'"},
    {"CseBehindThePeer", kRule4, Peer::Cse, Retrieve, "/cse9", "forward as '/cse9'"},
    {"RelativeCStem", kRule4b, Peer::Cse, Retrieve, "C1", kRelative},
    {"RelativeCStemCreateAe", kRule4b, Peer::Cse, CreateAe, "C1", kRelative},
    {"RelativeCStemCreateCse", kRule4b, Peer::Cse, CreateCse, "C1", kRelative},
    {"RelativeCStemDelete", kRule4b, Peer::Cse, Ask::Delete, "C1", kRelative},
    {"OurAeSpRelative", kRule4b, Peer::Cse, Retrieve, "/cse-in/C1", kRelative},
    {"OurAeAbsolute", kRule4b, Peer::Cse, Retrieve, "//sp.example.com/cse-in/C1", kRelative},
    {"RelativeSStem", kRule4b, Peer::Cse, Retrieve, "S1", "forward as 'S1'"},
    {"RelativeSStemNotifies", kRule4b, Peer::Cse, Notify, "S1", "forward as 'S1'"},
    {"SStemUnderOurCseId", kRule4b, Peer::Cse, Retrieve, "/cse-in/S1", kRelative},
    {"SpRelativeSStem", kRule4, Peer::Cse, Retrieve, "/S1", "forward as '/S1'"},
    {"AbsoluteSStem", kRule4, Peer::Cse, Retrieve, "//sp.example.com/S1", "forward as '//sp.example.com/S1'"},
    {"AeOfOtherRegistree", kRule4c, Peer::Cse, Retrieve, "/cse3/C1", kAeOfOther},
    {"AeOfOtherRegistreeAbsolute", kRule4c, Peer::Cse, Retrieve, "//sp.example.com/cse3/C1", kAeOfOther},
    {"AeOfOtherRegistreeNotify", kRule4c, Peer::Cse, Notify, "/cse3/C1", kAeOfOther},
    {"AeOfOtherRegistreeCreateCse", kRule4c, Peer::Cse, CreateCse, "/cse3/C1", kAeOfOther},
    {"AeOfPeer", kRule4c, Peer::Cse, Retrieve, "/cse2/C1", "forward as '/cse2/C1'"},
    {"AeOfPeerAbsolute", kRule4c, Peer::Cse, Retrieve, "//sp.example.com/cse2/C1",
     "forward as '//sp.example.com/cse2/C1'"},
    {"AeBehindThePeer", kRule4c, Peer::Cse, Retrieve, "/cse9/C1", "forward as '/cse9/C1'"},
    {"AeOfAnotherSp", kRule4c, Peer::Cse, Retrieve, "//other.example.org/cse3/C1",
     "forward as '//other.example.org/cse3/C1'"},
    {"AnnouncesItsSpAe", kAeReg, Peer::Cse, CreateAnnouncedAe, "/cse2/S1", "forward as '/cse2/S1'"},
    {"AsksForAnSpStem", kAeReg, Peer::Cse, CreateAnnouncedAe, "/cse2/S", "forward as '/cse2/S'"},
    {"AsksForAnSpStemOfAnother", kRule4c, Peer::Cse, CreateAnnouncedAe, "/cse3/S", kAeOfOther},
    {"BareLetterOfCse", kIds, Peer::Cse, Retrieve, "C", kSyntax},
    {"BareSOfCse", kIds, Peer::Cse, Notify, "S", kSyntax},
    {"ReservedFirstLetter", kIds, Peer::Cse, Retrieve, "X1", kSyntax},
    {"ThreeSegments", kIds, Peer::Cse, Retrieve, "/cse2/C1/C2", kSyntax},
    {"OnlySlashes", kIds, Peer::Cse, Retrieve, "//", kSyntax},
    {"OneSlash", kIds, Peer::Cse, Retrieve, "/", kSyntax},
    {"SpAlone", kIds, Peer::Cse, Retrieve, "//sp.example.com", kSyntax},
    {"UpperCaseSp", kIds, Peer::Cse, Retrieve, "//SP.example.com/cse2", kSyntax},
    {"EmptySegment", kIds, Peer::Cse, Retrieve, "/cse2//C1", kSyntax},
    {"DotSegments", kIds, Peer::Cse, Retrieve, "/cse2/../cse-in", kSyntax},
    {"PeerNameWithoutSlash", kIds, Peer::Cse, Retrieve, "cse2", kSyntax},
};

constexpr Row kRegistrations[] = {
    {"OwnStem", kAeReg, Ae, CreateAe, "C1", "forward as 'C1'"},
    {"OneStemAndAbsent", kAeReg, Ae, CreateAe, kAbsent, "forward as 'C1'"},
    {"OneStemAndEmpty", kAeReg, Ae, CreateAe, "", "forward as 'C1'"},
    {"OneStemAndC", kAeReg, Ae, CreateAe, "C", "forward as 'C1'"},
    {"OneStemAndOtherLetter", kAeReg, Ae, CreateAe, "S", kNotAssignable},
    {"OneSpStemAndAbsent", kAeReg, SpAe, CreateAe, kAbsent, "forward as 'S1'"},
    {"OneSpStemAndS", kAeReg, SpAe, CreateAe, "S", "forward as 'S1'"},
    {"OneSpStemAndC", kAeReg, SpAe, CreateAe, "C", kNotAssignable},
    {"TwoStemsAndAbsent", kAeReg, TwoAes, CreateAe, kAbsent, "forward as ''"},
    {"TwoStemsAndC", kAeReg, TwoAes, CreateAe, "C", "forward as 'C'"},
    {"TwoStemsAndS", kAeReg, TwoAes, CreateAe, "S", kNotAssignable},
    {"AnyCAndC", kAeReg, AnyC, CreateAe, "C", "forward as 'C'"},
    {"AnyCAndS", kAeReg, AnyC, CreateAe, "S", kNotAssignable},
    {"AnyCAndAbsent", kAeReg, AnyC, CreateAe, kAbsent, "forward as ''"},
    {"AnyCAndStem", kAeReg, AnyC, CreateAe, "Cnew", "forward as 'Cnew'"},
    {"AnySAndS", kAeReg, AnyS, CreateAe, "S", "forward as 'S'"},
    {"AnySAndC", kAeReg, AnyS, CreateAe, "C", kNotAssignable},
    {"AnyAndBoth", kAeReg, AnyAe, CreateAe, "S", "forward as 'S'"},
    {"OddListAndAbsent", kAeReg, OddAe, CreateAe, kAbsent, kNotAssignable},
    {"OddListAndC", kAeReg, OddAe, CreateAe, "C", kNotAssignable},
    {"EmptyListAndAbsent", kAeReg, NoAe, CreateAe, kAbsent, kNotAssignable},
    {"EmptyListAndC", kAeReg, NoAe, CreateAe, "C", kNotAssignable},
    {"CseAndAbsent", kAeReg, Peer::Cse, CreateAe, kAbsent, kNotAssignable},
    {"CseAndC", kAeReg, Peer::Cse, CreateAe, "C", kNotAssignable},
    {"CseAndS", kAeReg, Peer::Cse, CreateAe, "S", kNotAssignable},
    {"CseRegistersNoAe", kAeReg, Peer::Cse, CreateAe, "/cse2/C1", kNotAllowed},
    {"StrangerAndAbsent", kLearning, Stranger, CreateAe, kAbsent, "forward as ''"},
    {"StrangerAndC", kLearning, Stranger, CreateAe, "C", "forward as 'C'"},
    {"StrangerAndS", kLearning, Stranger, CreateAe, "S", "forward as 'S'"},
    {"StrangerAndStem", kLearning, Stranger, CreateAe, "Cnew", "forward as 'Cnew'"},
    {"StrangerAndConfiguredStem", kLearning, Stranger, CreateAe, "C1", kNotAllowed},
    {"StrangerAndOtherForm", kLearning, Stranger, CreateAe, "/cse-in/Cnew", kUnresolved},
    {"StrangerAndCseId", kLearning, Stranger, CreateAe, "/cse2", kUnresolved},
    {"StrangerRetrieves", kLearning, Stranger, Retrieve, "Cnew", kUnresolved},
    {"StrangerCreatesContainer", kLearning, Stranger, CreateContainer, "Cnew", kUnresolved},
    {"StrangerUpdates", kLearning, Stranger, Update, "Cnew", kUnresolved},
    {"StrangerDeletes", kLearning, Stranger, Ask::Delete, "Cnew", kUnresolved},
    {"StrangerNotifies", kLearning, Stranger, Notify, "Cnew", kUnresolved},
    {"StrangerCreatesCse", kLearning, Stranger, CreateCse, "/cse9", kUnresolved},
    {"StrangerRetrievesWithC", kLearning, Stranger, Retrieve, "C", kUnresolved},
    {"AeAsCse", kCseReg, Ae, CreateCse, "C1", kAeAsCse},
    {"AeAsCseWithCseId", kRule2, Ae, CreateCse, "/cse2", kForm},
    {"CseAsItself", kCseReg, Peer::Cse, CreateCse, "/cse2", "forward as '/cse2'"},
    {"CseAsItselfAbsolute", kCseReg, Peer::Cse, CreateCse, "//sp.example.com/cse2",
     "forward as '//sp.example.com/cse2'"},
    {"CseAsUnknownCse", kCseReg, Peer::Cse, CreateCse, "/cse9", kMismatch},
    {"CseAsCseOfAnotherSp", kCseReg, Peer::Cse, CreateCse, "//other.example.org/cse2", kMismatch},
    {"CseAsOtherCase", kCseReg, Peer::Cse, CreateCse, "/CSE2", kMismatch},
    {"CseAsItsAe", kCseReg, Peer::Cse, CreateCse, "/cse2/C1", kAeAsCse},
    {"CseAsSpAe", kCseReg, Peer::Cse, CreateCse, "S1", kAeAsCse},
};

constexpr Row kOutside[] = {
    {"Stem", kRule5, Outside, Retrieve, "C1", kNotRegistered},
    {"SpStem", kRule5, Outside, Update, "S1", kNotRegistered},
    {"SpRelativeAe", kRule5, Outside, Retrieve, "/cse-in/C1", kNotRegistered},
    {"AbsoluteAe", kRule5, Outside, Notify, "//sp.example.com/cse-in/C1", kNotRegistered},
    {"Admin", kRule5, Outside, Retrieve, "CAdmin", kNotRegistered},
    {"CseId", kRule6, Outside, Retrieve, "/cse2", kNeedsSa},
    {"AbsoluteCseId", kRule6, Outside, CreateCse, "//sp.example.com/cse2", kNeedsSa},
    {"OwnCseId", kRule6, Outside, Notify, "/cse-in", kNeedsSa},
    {"CreateAe", kRule6, Outside, CreateAe, "C1", kNeedsSa},
    {"CreateAeAbsent", kRule6, Outside, CreateAe, kAbsent, kNeedsSa},
    {"CreateAeC", kRule6, Outside, CreateAe, "C", kNeedsSa},
    {"NoIdentifier", kRule6, Outside, Retrieve, "foo", kNeedsSa},
    {"EndedRetrieve", kRule5, Ended, Retrieve, "C1", kNotRegistered},
    {"EndedCreateAe", kRule6, Ended, CreateAe, "C1", kNeedsSa},
};

constexpr Row kSyntaxRows[] = {
    {"Blank", kIds, AnyAe, Retrieve, "C 1", kSyntax},
    {"LeadingBlank", kIds, AnyAe, Retrieve, " C1", kSyntax},
    {"Tab", kIds, AnyAe, CreateAe, "C1\t", kSyntax},
    {"LineBreak", kIds, AnyAe, Retrieve, "C1\r\nX-M2M-Origin: CAdmin", kSyntax},
    {"BareLineFeed", kIds, Peer::Cse, Retrieve, "/cse2\nCAdmin", kSyntax},
    {"Utf8", kIds, AnyAe, Retrieve, "C\xC3\xA9", kSyntax},
    {"Delete", kIds, AnyAe, Retrieve, "C1\x7F", kSyntax},
    {"OnlyBlank", kIds, Ae, CreateAe, " ", kSyntax},
    {"ByStranger", kIds, Stranger, CreateAe, "C\x01", kSyntax},
    {"ByNobody", kIds, Outside, Retrieve, "C\x01", kSyntax},
};

class GateRow : public ::testing::TestWithParam<Row> {};

TEST_P(GateRow, IsJudgedAsItsClauseSays) {
  const Row& row = GetParam();
  const GateRules rules = some_rules();
  const auto from = row.from == nullptr ? std::nullopt : std::optional<std::string_view>(row.from);
  const Decision decision = a_gate(rules).judge(association_of(row.peer), primitive_of(row.ask, from), kNow);
  EXPECT_EQ(to_string(decision), row.outcome) << row.clause;
}

std::string name_of_row(const ::testing::TestParamInfo<Row>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Presence, GateRow, ::testing::ValuesIn(kPresence), name_of_row);
INSTANTIATE_TEST_SUITE_P(Form, GateRow, ::testing::ValuesIn(kForms), name_of_row);
INSTANTIATE_TEST_SUITE_P(AeOriginator, GateRow, ::testing::ValuesIn(kAeOriginators), name_of_row);
INSTANTIATE_TEST_SUITE_P(Reserved, GateRow, ::testing::ValuesIn(kReserved), name_of_row);
INSTANTIATE_TEST_SUITE_P(CseOriginator, GateRow, ::testing::ValuesIn(kCseOriginators), name_of_row);
INSTANTIATE_TEST_SUITE_P(Registration, GateRow, ::testing::ValuesIn(kRegistrations), name_of_row);
INSTANTIATE_TEST_SUITE_P(Outside, GateRow, ::testing::ValuesIn(kOutside), name_of_row);
INSTANTIATE_TEST_SUITE_P(Syntax, GateRow, ::testing::ValuesIn(kSyntaxRows), name_of_row);

}  // namespace
}  // namespace saproxy::policy::testing
