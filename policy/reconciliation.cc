#include "policy/reconciliation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/registering.h"
#include "policy/registry.h"
#include "policy/resource_address.h"
#include "policy/resource_content.h"
#include "policy/rule_content.h"

namespace saproxy::policy {
namespace {

constexpr std::uint16_t kOk = 2000;
constexpr std::uint16_t kNotFound = 4004;
constexpr std::uint32_t kPage = 100;
constexpr std::array<std::string_view, 2> kTypes = {"2", "16"};  // <AE>, <remoteCSE>

std::optional<ResourceContent> read(const CseAnswer& answer) {
  auto content = read_resource_content(Serialisation::Json, answer.content, WrittenBy::Cse);
  return content ? std::optional(*std::move(content)) : std::nullopt;
}

std::string answered(std::string_view what, std::uint16_t code) {
  return "the CSE answers " + std::to_string(code) + " to " + std::string(what);
}

}  // namespace

Reconciliation::Reconciliation(const GateRules& rules, const RegistrationView& registry, Settings settings,
                               std::vector<std::string> ids)
    : rules_(rules), registry_(registry), settings_(std::move(settings)), ids_(std::move(ids)) {
  result_.registered = ids_.size();
  result_.problem = "no address of the CSEBase is known";
  ask_base();
}

void Reconciliation::ask(Stage stage, std::string to, std::string originator) {
  stage_ = stage;
  question_ = CseQuestion{std::move(to), {}, std::move(originator)};
}

std::string Reconciliation::originator_for(const SeenRegistration& seen) const {
  return settings_.originator.empty() ? seen.entity_id : settings_.originator;
}

// "-" is for the CSEBase only where the CSE has just answered to it: elsewhere 4004 would say nothing of what is below.
std::string Reconciliation::path_address(const SeenRegistration& seen) const {
  const std::string& path = seen.resource_path;
  if (!path.starts_with("-/") || base_ == "-") return path;
  return rules_.base_name.empty() ? std::string() : rules_.base_name + path.substr(1);
}

// As the CSE has named it, or as it was addressed. That the resource id of an <AE> is its stem (TS-0001 10.2.2.2) is
// not kept by every CSE: who has told neither may have it elsewhere.
std::string Reconciliation::id_address(const SeenRegistration& seen) const {
  return seen.resource_id.empty() ? path_address(seen) : seen.resource_id;
}

void Reconciliation::end_early(std::string problem) {
  question_.reset();
  result_.problem = std::move(problem);
  // What was not looked at, or only once, is undecided.
  result_.undecided = result_.registered - result_.confirmed - result_.contradicted - result_.gone;
}

void Reconciliation::ask_base() {
  while (next_ < settings_.bases.size()) {
    const std::string& base = settings_.bases[next_++];
    if (is_plain_address(base)) return ask(Stage::Base, base, settings_.originator);
  }
  end_early(result_.problem);
}

void Reconciliation::ask_first() {
  while (next_ < ids_.size()) {
    auto seen = registry_.seen(ids_[next_++]);
    const std::string address = seen ? id_address(*seen) : std::string();
    if (!seen || seen->claimed || !is_plain_address(address)) {
      ++result_.undecided;
      continue;
    }
    present_ = *std::move(seen);
    return ask(Stage::First, address, originator_for(present_));
  }
  next_ = 0;
  if (suspects_.empty()) return begin_discovery();
  ask(Stage::BaseAgain, base_, settings_.originator);
}

void Reconciliation::ask_second() {
  while (next_ < suspects_.size()) {
    const Drop& suspect = suspects_[next_++];
    auto seen = registry_.seen(suspect.entity_id);
    if (!seen || seen->claimed || seen->revision != suspect.revision) {
      ++result_.undecided;
      continue;
    }
    present_ = *std::move(seen);
    const std::string path = path_address(present_);
    if (is_plain_address(path)) return ask(Stage::Second, path, originator_for(present_));
    return ask(Stage::SecondById, id_address(present_), originator_for(present_));
  }
  begin_discovery();
}

void Reconciliation::take(const CseAnswer& answer) {
  failures_ = 0;
  switch (stage_) {
    case Stage::Base:
    case Stage::BaseAgain: return take_base(answer);
    case Stage::First:
    case Stage::Second:
    case Stage::SecondById: return take_look(answer);
    case Stage::Discovery: return take_discovery(answer);
    case Stage::Unknown: return take_unknown(answer);
  }
}

void Reconciliation::take_failure(const identity::Error& error) {
  if (error.code == identity::ErrorCode::Failed && ++failures_ == kFailuresInARow) return end_early(error.detail);
  switch (stage_) {
    case Stage::Base:
    case Stage::BaseAgain: return base_failed(error.detail);
    case Stage::First:
    case Stage::Second:
    case Stage::SecondById: return undecided();
    case Stage::Discovery: return discovery_over(error.detail);
    case Stage::Unknown: list({question_->to, {}}); return ask_unknown();
  }
}

// Whoever stands at the CSE's address has to prove that it is the CSE before anything is believed.
void Reconciliation::take_base(const CseAnswer& answer) {
  if (answer.code != kOk) return base_failed(answered("a RETRIEVE of the CSEBase " + question_->to, answer.code));
  const auto id = read_base_cse_id(answer.content);
  if (!id) return base_failed("what it calls its CSEBase is none: " + id.error().detail);
  const std::string& own = rules_.cse.sp_relative();
  // Some leave the slash out.
  if (*id != own && "/" + *id != own && *id != rules_.cse.absolute(rules_.sp))
    return base_failed("it is another CSE that answers, its csi is not " + own);
  if (stage_ == Stage::BaseAgain) return ask_second();
  base_ = question_->to;
  result_.problem.clear();
  next_ = 0;
  ask_first();
}

void Reconciliation::base_failed(std::string why) {
  if (stage_ == Stage::BaseAgain) return end_early(std::move(why));
  result_.problem = std::move(why);
  ask_base();
}

void Reconciliation::undecided() {
  ++result_.undecided;
  stage_ == Stage::First ? ask_first() : ask_second();
}

void Reconciliation::take_look(const CseAnswer& answer) {
  if (answer.code == kNotFound) {
    if (stage_ == Stage::First) {
      suspects_.push_back({present_.entity_id, present_.revision});
      return ask_first();
    }
    ++result_.gone;
    drops_.push_back({present_.entity_id, present_.revision});
    return ask_second();
  }
  if (answer.code != kOk) return undecided();
  const auto content = read(answer);
  if (!content) return undecided();
  if (names_registree(*content, present_.kind, present_.entity_id, rules_)) {
    ++result_.confirmed;
  } else if (stage_ == Stage::Second) {
    // Its place has been taken: is it elsewhere?
    return ask(Stage::SecondById, id_address(present_), originator_for(present_));
  } else {
    ++result_.contradicted;
  }
  stage_ == Stage::First ? ask_first() : ask_second();
}

void Reconciliation::begin_discovery() {
  next_ = 0;
  ask_discovery(0);
}

void Reconciliation::ask_discovery(std::uint64_t offset) {
  offset_ = offset;
  ask(Stage::Discovery, base_, settings_.originator);
  question_->criteria = {{"fu", "1"}, {"ty", std::string(kTypes[type_])}, {"lim", std::to_string(kPage)}};
  if (offset > 0) question_->criteria.emplace_back("ofst", std::to_string(offset));
}

// As with the rules (policy/rule_fetch.cc): only what leads on is followed, and one address may come twice.
void Reconciliation::take_discovery(const CseAnswer& answer) {
  if (answer.code != kOk) return discovery_over(answered("discovery", answer.code));
  auto found = read_addresses(answer.content, most_discovered());
  if (!found) return discovery_over(found.error().detail);
  const std::size_t items = found->size();
  std::size_t fresh = 0;
  for (std::string& address : *found) {
    const auto [place, is_new] = discovered_.insert(std::move(address));
    if (!is_new) continue;
    ++fresh;
    if (registry_.knows_resource(*place) || !is_plain_address(*place)) continue;
    if (candidates_.size() < kMaxUnknown)
      candidates_.push_back(*place);
    else
      ++result_.more_unknown;
  }
  if (discovered_.size() > most_discovered()) return discovery_over("it lists far more than are registered");
  const bool leads_on = answer.partial && answer.offset && *answer.offset > offset_;
  if (fresh > 0 && (answer.partial || items == kPage))
    return ask_discovery(leads_on ? *answer.offset : offset_ + items);
  discovery_over(answer.partial ? "a partial answer says nothing new" : "");
}

// Of this type; what was found of it counts all the same.
void Reconciliation::discovery_over(std::string problem) {
  if (!problem.empty()) result_.unknown_problem = std::move(problem);
  if (++type_ < kTypes.size()) return ask_discovery(0);
  discovered_.clear();
  next_ = 0;
  ask_unknown();
}

void Reconciliation::ask_unknown() {
  if (next_ < candidates_.size()) return ask(Stage::Unknown, candidates_[next_++], settings_.originator);
  question_.reset();
  // Some may have registered meanwhile.
  std::erase_if(result_.unknown, [this](const UnknownResource& u) { return registry_.knows_resource(u.address); });
}

// A registration may be known by another address than the one that was listed.
void Reconciliation::take_unknown(const CseAnswer& answer) {
  if (answer.code == kNotFound) return ask_unknown();
  UnknownResource resource{question_->to, {}};
  if (const auto content = answer.code == kOk ? read(answer) : std::nullopt) {
    const bool known_by_id = content->resource_id && registry_.knows_resource(*content->resource_id);
    if (content->ae_id) resource.identity = ae_id_stem(*content->ae_id, rules_);
    if (content->cse_id) resource.identity = *content->cse_id;
    const auto seen = registry_.seen(resource.identity);
    if (known_by_id || (seen && names_registree(*content, seen->kind, seen->entity_id, rules_))) return ask_unknown();
  }
  list(std::move(resource));
  ask_unknown();
}

void Reconciliation::list(UnknownResource resource) { result_.unknown.push_back(std::move(resource)); }

std::vector<Drop> Reconciliation::take_drops() { return std::exchange(drops_, {}); }

ReconciliationResult Reconciliation::take_result() { return std::move(result_); }

}  // namespace saproxy::policy
