// Reconciliation: does the CSE still have what is registered here, and what has it besides? As questions and answers
// without any transport:
//
//   CSEBase is ours? ─▶ each registration, by its resource id ─▶ CSEBase again? ─▶ each that was 4004, by its path ─▶
//   drops ─▶ discovery of <AE> and <remoteCSE> ─▶ each that nobody here knows ─▶ result
//
// A registration is dropped when the CSE has said twice that its resource is not there (4004), by both addresses where
// both are known, between two proofs that it is our CSE that answers. Any other answer, and none, drops nothing. What
// is found besides is listed and gives nobody an identity.
// Spec: TS-0001 9.6.4, 9.6.5, 10.2.2, 10.2.6; TS-0004 7.4.4, 7.4.5
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "identity/result.h"
#include "policy/cse_question.h"
#include "policy/gate_rules.h"
#include "policy/registration.h"

namespace saproxy::policy {

// A registration as it was when the CSE was asked about it. The revision grows with every change of it.
struct SeenRegistration {
  identity::EntityKind kind = identity::EntityKind::Ae;
  std::string entity_id;
  std::string resource_id;
  std::string resource_path;
  std::uint64_t revision = 0;
  bool claimed = false;  // it is being registered anew at this moment
};

// The registry as things stand when it is asked.
class RegistrationView {
 public:
  virtual ~RegistrationView() = default;
  [[nodiscard]] virtual std::optional<SeenRegistration> seen(std::string_view entity_id) const = 0;
  // Is it the address of a registration's resource?
  [[nodiscard]] virtual bool knows_resource(std::string_view address) const = 0;
};

struct Drop {
  std::string entity_id;
  std::uint64_t revision = 0;  // as seen: a later one stays
};

// A resource of the CSE that no registration here stands for.
struct UnknownResource {
  std::string address;
  std::string identity;  // that it names; empty: it was not shown
};

struct ReconciliationResult {
  std::string problem;           // why it ended early; empty: it did not
  std::size_t registered = 0;    // when it began
  std::size_t confirmed = 0;     // the CSE has them
  std::size_t contradicted = 0;  // another registree's resource stands there
  std::size_t undecided = 0;     // no clear answer; changed meanwhile; no address that could be asked
  std::size_t gone = 0;          // said twice to be gone
  std::string unknown_problem;   // why the list is none, or not all
  std::vector<UnknownResource> unknown;
  std::size_t more_unknown = 0;  // beyond kMaxUnknown
};

class Reconciliation {
 public:
  static constexpr std::size_t kMaxUnknown = 1000;
  static constexpr std::size_t kMaxStrays = 100'000;  // addresses listed besides our own; a CSE could list for ever
  static constexpr std::size_t kFailuresInARow = 3;   // then the CSE is taken to be away

  struct Settings {
    std::vector<std::string> bases;  // addresses that the CSEBase may have; the first that answers is taken
    std::string originator;          // of all questions; empty: each registration is asked about as itself
  };

  // `rules` and `registry` outlive it. `ids`: who is registered.
  Reconciliation(const GateRules& rules, const RegistrationView& registry, Settings settings,
                 std::vector<std::string> ids);

  // What to ask next; null once it is over.
  [[nodiscard]] const CseQuestion* question() const { return question_ ? &*question_ : nullptr; }
  // The next question begins the second look: give the CSE a moment before it.
  [[nodiscard]] bool second_look_begins() const { return stage_ == Stage::BaseAgain; }
  void take(const CseAnswer& answer);
  // No answer (Failed), or none that can be used.
  void take_failure(const identity::Error& error);

  // What is to be dropped, if it is still as it was seen. Each is given once.
  [[nodiscard]] std::vector<Drop> take_drops();
  // Once there is no question left.
  [[nodiscard]] ReconciliationResult take_result();

 private:
  enum class Stage : std::uint8_t { Base, First, BaseAgain, Second, SecondById, Discovery, Unknown };

  void ask(Stage stage, std::string to, std::string originator);
  void ask_base();
  void ask_first();
  void ask_second();
  void begin_discovery();
  void ask_discovery(std::uint64_t offset);
  void ask_unknown();
  void end_early(std::string problem);
  void take_base(const CseAnswer& answer);
  void base_failed(std::string why);
  void take_look(const CseAnswer& answer);
  void undecided();
  void take_discovery(const CseAnswer& answer);
  void discovery_over(std::string problem);
  void take_unknown(const CseAnswer& answer);
  void list(UnknownResource resource);
  // Some list a resource by both of its addresses.
  [[nodiscard]] std::size_t most_discovered() const { return 2 * ids_.size() + kMaxStrays; }
  [[nodiscard]] std::string path_address(const SeenRegistration& seen) const;
  [[nodiscard]] std::string id_address(const SeenRegistration& seen) const;
  [[nodiscard]] std::string originator_for(const SeenRegistration& seen) const;

  const GateRules& rules_;
  const RegistrationView& registry_;
  Settings settings_;
  std::vector<std::string> ids_;
  std::size_t next_ = 0;  // of bases, ids_, suspects_, candidates_, as the stage has it
  std::string base_;
  SeenRegistration present_;  // whom the question is about
  std::vector<Drop> suspects_, drops_;
  std::size_t type_ = 0;      // that is discovered, index
  std::uint64_t offset_ = 0;  // that the present question asks from
  std::unordered_set<std::string> discovered_;
  std::vector<std::string> candidates_;
  std::size_t failures_ = 0;  // in a row
  std::optional<CseQuestion> question_;
  ReconciliationResult result_;
  Stage stage_ = Stage::Base;
};

}  // namespace saproxy::policy
