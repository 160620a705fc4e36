#include "proxy/client/name_resolver.h"

#include <utility>

#include "identity/domain_name.h"

namespace saproxy::proxy {
namespace {

bool is_host_name(std::string_view text) {
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  return identity::is_domain_name(text);
}

}  // namespace

NameResolver::Question::~Question() {
  if (resolver_ != nullptr) resolver_->forget(*this);
}

NameResolver::NameResolver(uv_loop_t* loop, Settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      cache_(settings_.cache),
      channel_(loop, settings_.dns,
               [this](const std::string& name, const NameAnswer& answer, std::chrono::seconds ttl) {
                 answered(name, answer, ttl);
               }) {
  static_cast<void>(idle_.open(this, [loop](uv_idle_t* idle) { return uv_idle_init(loop, idle); }));  // never fails
}

NameResolver::~NameResolver() {
  for (const auto& [name, lookup] : lookups_)
    for (Question* question : lookup.questions) question->resolver_ = nullptr;
  for (Question* question : ready_) question->resolver_ = nullptr;
}

std::unique_ptr<NameResolver::Question> NameResolver::resolve(std::string_view host, Done done) {
  std::unique_ptr<Question> question(new Question(this, std::move(done)));
  Questions fresh{question.get()};
  question->position_ = fresh.begin();
  if (const auto literal = IpAddress::parse(host)) {
    answer(fresh, std::vector{*literal});
  } else if (!is_host_name(host)) {
    answer(fresh, tl::unexpected(NameError::NotFound));
  } else {
    question->name_ = identity::to_lower_ascii(host);
    if (const NameAnswer* known = cache_.find(question->name_, uv_now(loop_)))
      answer(fresh, *known);
    else
      join_lookup(fresh, question->name_);
  }
  return question;
}

void NameResolver::join_lookup(Questions& fresh, const std::string& name) {
  auto found = lookups_.find(name);
  if (found == lookups_.end()) {
    if (lookups_.size() >= settings_.max_lookups + settings_.max_waiting)
      return answer(fresh, tl::unexpected(NameError::Overloaded));
    found = lookups_.try_emplace(name).first;
    found->second.waits = line_.insert(line_.end(), name);
    wake();
  }
  Questions& questions = found->second.questions;
  questions.splice(questions.end(), fresh);
  ++interested_;
}

void NameResolver::forget(Question& question) {
  if (question.answer_)
    ready_.erase(question.position_);
  else
    leave_lookup(question);
}

void NameResolver::leave_lookup(Question& question) {
  const auto found = lookups_.find(question.name_);
  Lookup& lookup = found->second;
  lookup.questions.erase(question.position_);
  if (--interested_ == 0) {
    channel_.cancel();
    lookups_.clear();
    line_.clear();
    return;
  }
  // One that is asked goes on, since c-ares cannot end a single one: the answer is remembered.
  if (!lookup.questions.empty() || !lookup.waits) return;
  line_.erase(*lookup.waits);
  lookups_.erase(found);
}

// c-ares may be on the stack: whoever asked is told later.
void NameResolver::answered(const std::string& name, const NameAnswer& answer, std::chrono::seconds ttl) {
  cache_.put(name, answer, ttl, uv_now(loop_));
  const auto found = lookups_.find(name);
  interested_ -= found->second.questions.size();
  this->answer(found->second.questions, answer);
  lookups_.erase(found);
}

void NameResolver::answer(Questions& questions, const NameAnswer& answer) {
  for (Question* question : questions) question->answer_ = answer;
  ready_.splice(ready_.end(), questions);
  wake();
}

void NameResolver::on_idle(uv_idle_t* idle) noexcept {
  auto* resolver = owner_of<NameResolver>(idle);
  if (resolver == nullptr) return;
  resolver->admit();
  // As many as there are now, for whoever is told may ask again. He may also destroy the resolver.
  for (std::size_t left = resolver->ready_.size(); left > 0 && resolver != nullptr; --left) {
    resolver->tell_one();
    resolver = owner_of<NameResolver>(idle);
  }
  if (resolver != nullptr) resolver->rest();
}

bool NameResolver::may_admit() const {
  return !line_.empty() && lookups_.size() - line_.size() < settings_.max_lookups;
}

void NameResolver::admit() {
  while (may_admit()) {
    const std::string name = std::move(line_.front());
    line_.pop_front();
    lookups_.find(name)->second.waits.reset();
    channel_.ask(name);
  }
}

void NameResolver::tell_one() {
  if (ready_.empty()) return;
  Question& question = *ready_.front();
  ready_.pop_front();
  question.resolver_ = nullptr;
  const Done done = std::move(question.done_);
  const auto answer = std::move(question.answer_);
  if (answer) done(*answer);  // may end the question and this
}

void NameResolver::wake() { uv_idle_start(idle_.get(), &on_idle); }

void NameResolver::rest() {
  if (ready_.empty() && !may_admit()) uv_idle_stop(idle_.get());
}

}  // namespace saproxy::proxy
