// The part of HttpStage for points of access: the CSE gets a local address instead of those that only SA2 can reach,
// and whoever reads the resource gets what its registree wrote.
#include <utility>

#include "identity/bytes.h"
#include "policy/content_translation.h"
#include "proxy/http_stage.h"
#include "proxy/registration/fresh_token.h"

namespace saproxy::proxy {

using identity::as_bytes;
using identity::as_text;

namespace {

// Larger answers are translated while they go by, and cannot say how long they will be.
constexpr std::uint64_t kWholeAnswer = std::uint64_t{64} << 10;

std::optional<policy::Serialisation> serialisation_of(const http::ResponseHead& head) {
  const http::Field* type = head.find("Content-Type");
  return type == nullptr ? std::nullopt : http::serialisation_of(type->value);
}

}  // namespace

// The content for the CSE, if it is another than the registree's. `route`: the token that there was, then the one that
// the CSE gets; empty when it gets none.
identity::Result<std::optional<std::string>> HttpStage::with_local_address(const policy::ResourceContent& content,
                                                                           std::string_view body, std::string& route) {
  const auto& translation = host_.translation();
  const policy::Config& config = host_.snapshot().config();
  if (!translation || !config.egress || !content.points_of_access) return std::nullopt;
  const auto serialisation = http::serialisation_of(primitive_.content_type);
  if (!serialisation) return std::nullopt;
  if (route.empty()) {
    SAPROXY_TRY(route, fresh_token(policy::LocalRoute::Registree));
  }
  auto local =
      policy::translate_points_of_access(*serialisation, body, content, policy::TranslationRules::of(*config.egress),
                                         translation->addresses.address_of(route));
  if (local && !*local) route.clear();
  return local;
}

// True: this answer is translated, and its head is written by whoever does it.
bool HttpStage::begins_translated(const http::ResponseHead& head) {
  const auto& translation = host_.translation();
  if (!translation || head.no_body) return false;
  const auto serialisation = serialisation_of(head);
  const bool has_length = answer_framing_.kind == http::BodyFraming::Kind::Length;
  if (!serialisation || (has_length && answer_framing_.length == 0)) return false;
  answer_deadline_ = services_.after(host_.listener().limits.answer_timeout);
  if (has_length && answer_framing_.length <= kWholeAnswer) {
    held_head_ = &head;
    answer_progress();
    return true;
  }
  translating_ = std::make_unique<AnswerInTranslation>(*serialisation, translation);
  if (has_length) {
    const bool chunked = parser_.head().minor_version >= 1;
    answer_framing_ = {chunked ? http::BodyFraming::Kind::Chunked : http::BodyFraming::Kind::UntilClose, 0};
    close_after_ = close_after_ || !chunked;
  }
  begin_answer(head);
  return true;
}

void HttpStage::hold_answer(std::span<const std::uint8_t> body) {
  if (held_answer_ || body.size() < answer_framing_.length) {
    if (!held_answer_) held_answer_ = services_.buffers.borrow();
    held_answer_->insert(held_answer_->end(), body.begin(), body.end());
    if (held_answer_->size() < answer_framing_.length) return;
    body = *held_answer_;
  }
  const http::ResponseHead& head = *std::exchange(held_head_, nullptr);
  const auto translated = translated_answer(head, as_text(body));
  if (translated) body = as_bytes(*translated);
  answer_framing_.length = body.size();
  begin_answer(head);
  write_answer_body(body);
  held_answer_.reset();
}

void HttpStage::translate(std::span<const std::uint8_t> body) {
  translating_->translator.feed(as_text(body), [this](std::string_view bytes) { write_answer_body(as_bytes(bytes)); });
}

void HttpStage::end_translation() {
  translating_->translator.finish([this](std::string_view bytes) { write_answer_body(as_bytes(bytes)); });
  translating_.reset();
}

void HttpStage::forget_translation() {
  held_head_ = nullptr;
  held_answer_.reset();
  translating_.reset();
}

std::optional<std::string> HttpStage::translated_answer(const http::ResponseHead& head, std::string_view body) {
  const auto& translation = host_.translation();
  const auto serialisation = serialisation_of(head);
  if (!translation || !serialisation) return std::nullopt;
  return policy::translated(*serialisation, *translation, body);
}

}  // namespace saproxy::proxy
