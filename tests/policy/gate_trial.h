// One trial of the gate out of arbitrary bytes: peers, operations and a From pieced together from what matters to the
// rules.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/policy/gate_builders.h"
#include "tests/policy/gate_oracle.h"

namespace saproxy::policy::testing {

class Trial {
 public:
  explicit Trial(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  // Empty when the decision is sound, otherwise what is wrong with it.
  [[nodiscard]] std::string run() {
    const GateRules& rules = rules_of((next() & 1) != 0);
    const OraclePeer peer = pick_peer();
    const identity::Association association = association_of(peer);
    Primitive primitive = pick_request();
    const std::string from = pick_from();
    if (!from.empty()) primitive.from = from;
    const bool outside = peer.kind == OraclePeer::Kind::Outside;
    const Decision decision = a_gate(rules).judge(outside ? nullptr : &association, primitive, kNow);
    return verdict(decision, peer, primitive, from);
  }

 private:
  // Made once: the trials are many.
  static const GateRules& rules_of(bool insert_letter) {
    static const GateRules kPlain = some_rules();
    static const GateRules kInserting = [] {
      GateRules rules = some_rules();
      rules.insert_letter = true;
      return rules;
    }();
    return insert_letter ? kInserting : kPlain;
  }

  std::uint8_t next() {
    if (bytes_.empty()) return 0;
    const std::uint8_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }

  OraclePeer pick_peer() {
    static const std::vector<OraclePeer> kPeers = {
        {OraclePeer::Kind::Ae, {"C1"}, ""},   {OraclePeer::Kind::Ae, {"C1", "S2"}, ""},
        {OraclePeer::Kind::Ae, {"C*"}, ""},   {OraclePeer::Kind::Ae, {"S*", "C1*2"}, ""},
        {OraclePeer::Kind::Ae, {"*"}, ""},    {OraclePeer::Kind::Ae, {"CAdmin"}, ""},
        {OraclePeer::Kind::Ae, {"*min"}, ""}, {OraclePeer::Kind::Ae, {}, ""},
        {OraclePeer::Kind::Cse, {}, "/cse2"}, {OraclePeer::Kind::Cse, {}, "/C1"},
        {OraclePeer::Kind::Stranger, {}, ""}, {OraclePeer::Kind::Outside, {}, ""}};
    return kPeers[next() % kPeers.size()];
  }

  static identity::Association association_of(const OraclePeer& peer) {
    if (peer.kind == OraclePeer::Kind::Cse) return a_cse(peer.cse);
    if (peer.kind != OraclePeer::Kind::Ae) return a_stranger();
    std::vector<identity::Pattern> list;
    for (const std::string& text : peer.stems) list.push_back(*identity::Pattern::parse(text));
    return association_with(identity::EntityKind::Ae, identity::StemList(std::move(list)));
  }

  Primitive pick_request() {
    constexpr std::array kOperations = {Operation::Create, Operation::Create, Operation::Retrieve,
                                        Operation::Update, Operation::Delete, Operation::Notify};
    constexpr std::array<std::uint32_t, 6> kTypes = {kTypeAe, kTypeAe, kTypeRemoteCse, 3, 10002, 0};
    Primitive primitive =
        a_request(kOperations[next() % kOperations.size()], std::nullopt, kTypes[next() % kTypes.size()]);
    const std::uint8_t extras = next();
    if (extras == 1) primitive.has_filter_criteria = true;
    if (extras == 2) primitive.result_content = Parameter<std::uint32_t>::of(next());
    if (extras == 3) primitive.resource_type = Parameter<std::uint32_t>::bad();
    return primitive;
  }

  std::string pick_from() {
    constexpr std::array<std::string_view, 30> kPieces = {"C",
                                                          "S",
                                                          "C1",
                                                          "S2",
                                                          "C12",
                                                          "/",
                                                          "/",
                                                          "//",
                                                          "sp.example.com",
                                                          "SP.example.com",
                                                          "other.org",
                                                          "cse-in",
                                                          "CSE-IN",
                                                          "cse2",
                                                          "/cse3",
                                                          "CAdmin",
                                                          "cadmin",
                                                          "admin",
                                                          "min",
                                                          "Superman",
                                                          "cse.admin",
                                                          "admin:admin",
                                                          ",",
                                                          ".",
                                                          "-",
                                                          "*",
                                                          " ",
                                                          "\r\n",
                                                          "%2f",
                                                          "x"};
    std::string from;
    for (int pieces = next() % 8; pieces > 0; --pieces) {
      const std::uint8_t pick = next();
      if (pick >= 240) {
        from.push_back(static_cast<char>(next()));
      } else {
        from += kPieces[pick % kPieces.size()];
      }
    }
    return from;
  }

  std::string verdict(const Decision& decision, const OraclePeer& peer, const Primitive& primitive,
                      const std::string& from) const {
    const auto* forward = std::get_if<Forward>(&decision);
    if (forward == nullptr) return std::holds_alternative<Refuse>(decision) ? "" : "neither forward nor refuse";
    static const OracleWorld kWorld{.registrees = {"/cse2", "/cse3"},
                                    .denied = {"CAdmin", "cse.admin", "Superman", "admin:admin"},
                                    .reserved = {"C1"}};
    const std::string originator(forward->originator());
    const bool registers = primitive.operation == Operation::Create && primitive.resource_type.present() &&
                           primitive.resource_type.value == kTypeAe;
    if (forward->rule().empty()) return "no rule was named";
    if (!registers && originator != from)
      return "From '" + from + "' became '" + originator + "' outside a registration";
    if (oracle_allows(kWorld, peer, originator, registers)) return "";
    return "From '" + from + "' was forwarded as '" + originator + "'";
  }

  std::span<const std::uint8_t> bytes_;
};

}  // namespace saproxy::policy::testing
