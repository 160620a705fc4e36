#include "policy/rule_fetch.h"

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr std::size_t kMaxNodes = 10'000;                  // a source that ignores the filter lists those of all CSEs
constexpr std::size_t kMaxContent = std::size_t{1} << 28;  // bytes of all answers together
constexpr std::uint32_t kPage = 100;

constexpr std::uint16_t kOk = 2000;
constexpr std::uint16_t kNotFound = 4004;
constexpr std::uint16_t kNoPrivilege = 4103;

constexpr std::string_view kNodeType = "20";
constexpr std::string_view kProfileType = "11";

}  // namespace

RuleFetch::RuleFetch(const identity::CseId& cse, const identity::SpId& sp, std::string base, std::uint32_t max_rules)
    : cse_(cse.sp_relative()), cse_absolute_(cse.absolute(sp)), base_(std::move(base)), max_rules_(max_rules) {
  ask(Stage::Discovery, base_);
}

void RuleFetch::ask(Stage stage, std::string to, std::uint64_t offset) {
  stage_ = stage;
  offset_ = offset;
  CseQuestion question{std::move(to), {}};
  const auto add = [&question](std::string_view name, std::string_view value) {
    question.criteria.emplace_back(name, value);
  };
  const std::string_view with_children = children_only_ ? "8" : "4";
  switch (stage) {
    case Stage::Discovery:
      add("fu", "1");
      add("ty", kNodeType);
      add("csi", cse_);
      break;
    case Stage::Profiles:
      add("rcn", with_children);
      add("ty", kProfileType);
      break;
    case Stage::Children:
      add("rcn", with_children);
      add("ty", kNodeType);
      break;
    case Stage::Nodes:
    case Stage::Rules: break;
  }
  if (!question.criteria.empty()) add("lim", std::to_string(kPage));
  if (offset > 0) add("ofst", std::to_string(offset));
  question_ = std::move(question);
}

// Adds those that are new; how many.
std::size_t RuleFetch::add_new(std::vector<std::string> addresses) {
  const std::size_t before = addresses_.size();
  for (std::string& address : addresses)
    if (known_.insert(address).second) addresses_.push_back(std::move(address));
  return addresses_.size() - before;
}

void RuleFetch::forget_addresses() {
  next_ = 0;
  addresses_.clear();
  known_.clear();
}

// The next address of this stage, or what comes after all of them.
Result<void> RuleFetch::ask_next(Stage stage) {
  if (next_ < addresses_.size()) {
    ask(stage, addresses_[next_++]);
    return {};
  }
  if (stage != Stage::Rules) return end_of_nodes();
  question_.reset();
  return {};
}

Result<void> RuleFetch::take(const CseAnswer& answer) {
  content_bytes_ += answer.content.size();
  if (content_bytes_ > kMaxContent) return fail(ErrorCode::OutOfRange, "the answers are larger than 256 MiB together");
  switch (stage_) {
    case Stage::Discovery: return take_discovery(answer);
    case Stage::Nodes: return take_node(answer);
    case Stage::Profiles: return take_profiles(answer);
    case Stage::Children: return take_children(answer);
    case Stage::Rules: return take_rule(answer);
  }
  return {};
}

Result<void> RuleFetch::refused(const CseAnswer& answer) const {
  return fail(ErrorCode::NotPermitted,
              "the source answers " + std::to_string(answer.code) + " to a RETRIEVE of " + question_->to);
}

// Where the rest begins; nothing when this was all. Only what leads on is followed, so that no source keeps us busy for
// ever. Open: a full page without a Content Status may have been cut by our own limit; whether an offset counts what is
// skipped or where it begins differs from CSE to CSE, so one item may come twice.
std::optional<std::uint64_t> RuleFetch::rest_from(const CseAnswer& answer, std::size_t items) {
  if (answer.partial && answer.offset && *answer.offset > offset_) return *answer.offset;
  if (!answer.partial && items != kPage) return std::nullopt;
  return items > 0 ? std::optional(offset_ + items) : std::nullopt;
}

Result<void> RuleFetch::take_discovery(const CseAnswer& answer) {
  if (answer.code != kOk) {
    refusal_ = answer.code;
    forget_addresses();
    ask(Stage::Profiles, base_);
    return {};
  }
  SAPROXY_TRY(std::vector<std::string> found, read_addresses(answer.content, kMaxNodes));
  const std::size_t items = found.size();
  const std::size_t fresh = add_new(std::move(found));
  if (addresses_.size() > kMaxNodes) return fail(ErrorCode::OutOfRange, "more than 10000 nodes are found");
  const auto rest = rest_from(answer, items);
  if (rest && fresh > 0) {
    ask(Stage::Discovery, base_, *rest);
    return {};
  }
  if (answer.partial) return fail(ErrorCode::BadSyntax, "a partial answer says nothing new");
  if (!addresses_.empty()) return ask_next(Stage::Nodes);
  // Some compare csi in another form, or do not discover these resources at all.
  ask(Stage::Profiles, base_);
  return {};
}

Result<void> RuleFetch::take_node(const CseAnswer& answer) {
  if (answer.code == kOk) {
    SAPROXY_TRY(std::vector<SubscribedNode> nodes, read_nodes(answer.content, 1, max_rules_));
    if (nodes.empty()) return fail(ErrorCode::BadSyntax, "the content is no m2m:svsn");
    SAPROXY_TRY_VOID(consider(std::move(nodes.front())));
  } else if (answer.code == kNoPrivilege) {
    refusal_ = answer.code;  // ours may be another one
  } else if (answer.code != kNotFound) {
    return refused(answer);
  }
  return ask_next(Stage::Nodes);
}

Result<void> RuleFetch::take_profiles(const CseAnswer& answer) {
  if (answer.code != kOk && !children_only_) {
    children_only_ = true;
    ask(Stage::Profiles, base_);
    return {};
  }
  // Refused twice: discovery, where it was answered, has said that there is no node.
  if (answer.code != kOk) return refusal_ != 0 ? refused(answer) : end_of_nodes();
  SAPROXY_TRY(std::vector<std::string> found, read_profile_ids(answer.content, kMaxNodes));
  refusal_ = 0;
  forget_addresses();
  add_new(std::move(found));
  return ask_next(Stage::Children);
}

Result<void> RuleFetch::take_children(const CseAnswer& answer) {
  if (answer.code == kNotFound) return ask_next(Stage::Children);
  if (answer.code != kOk) return refused(answer);
  SAPROXY_TRY(std::vector<SubscribedNode> nodes, read_nodes(answer.content, kMaxNodes, max_rules_));
  const std::size_t items = nodes.size();
  for (SubscribedNode& node : nodes) SAPROXY_TRY_VOID(consider(std::move(node)));
  const auto rest = rest_from(answer, items);
  if (rest && items > 0 && *rest <= kMaxNodes) {
    ask(Stage::Children, question_->to, *rest);
    return {};
  }
  if (answer.partial) return fail(ErrorCode::BadSyntax, "a partial answer says nothing new");
  return ask_next(Stage::Children);
}

// Is it ours? Two nodes of one CSE contradict each other; the same one may come twice.
Result<void> RuleFetch::consider(SubscribedNode node) {
  if (node.cse_id != cse_ && node.cse_id != cse_absolute_) return {};
  if (node_ && node_->rule_links != node.rule_links)
    return fail(ErrorCode::Conflict, "two nodes name " + cse_ + " and differ");
  node_ = std::move(node);
  return {};
}

Result<void> RuleFetch::end_of_nodes() {
  question_.reset();
  if (!node_ && refusal_ == kNoPrivilege)
    return fail(ErrorCode::NotPermitted, "the source shows no node of " + cse_ + ", and hides some (4103)");
  if (!node_) return {};
  forget_addresses();
  add_new(node_->rule_links);
  return ask_next(Stage::Rules);
}

Result<void> RuleFetch::take_rule(const CseAnswer& answer) {
  if (answer.code == kOk) {
    SAPROXY_TRY(RuleContent content, read_rule(answer.content, question_->to));
    useless_ += content.useless;
    rules_.push_back(std::move(content.rule));
  } else if (answer.code == kNotFound) {
    ++dangling_;  // removed, and its link not yet
  } else {
    return refused(answer);
  }
  return ask_next(Stage::Rules);
}

ServiceProfile RuleFetch::take_profile() {
  if (!node_) return {ServiceProfile::State::Unavailable, nullptr};
  return {ServiceProfile::State::Present, std::make_shared<const identity::AppRules>(std::move(rules_))};
}

}  // namespace saproxy::policy
