#include "bench/load/exchange.h"

#include <strings.h>

#include "bench/origin/answer.h"

namespace saproxy::bench {
namespace {

constexpr std::size_t kMaxHead = 16384;

// The value of the only field of that name; empty when it is absent or doubled.
std::string_view only_field(std::string_view head, std::string_view name) {
  std::string_view found;
  int times = 0;
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        strncasecmp(line.data(), name.data(), name.size()) != 0)
      continue;
    found = line.substr(name.size() + 1);
    while (!found.empty() && found.front() == ' ') found.remove_prefix(1);
    ++times;
  }
  return times == 1 ? found : std::string_view();
}

}  // namespace

Script::Script(const Options& options) {
  const bool post = options.upload > 0;
  const std::string bulk = options.download > 0 ? kBulkMark + std::to_string(options.download) : std::string();
  for (const std::string& target : options.targets) {
    before_number_.push_back((post ? "POST " : "GET ") + target + bulk + " HTTP/1.1\r\nHost: " + options.server_name +
                             "\r\nX-M2M-Origin: " + options.originator +
                             "\r\nX-M2M-RVI: 3\r\nAccept: application/json\r\nX-M2M-RI: r");
  }
  after_number_ = "\r\n";
  if (post)
    after_number_ +=
        "Content-Type: application/json;ty=4\r\nContent-Length: " + std::to_string(options.upload) + "\r\n";
  after_number_ += "\r\n";
  if (post) after_number_ += answer_body(options.upload);
  body_ = answer_body(options.download > 0 ? options.download : kAnswerBytes);
  status_ = post ? "HTTP/1.1 201 " : "HTTP/1.1 200 ";
  code_ = post ? "2001" : "2000";
  payload_ = post ? options.upload : options.download;
}

void Script::write_request(std::string& out, std::size_t client, std::uint64_t number) const {
  out.assign(before_number_[client % before_number_.size()]).append(std::to_string(number)).append(after_number_);
}

void AnswerCheck::begin(const Script& script, std::uint64_t number) {
  script_ = &script;
  head_.clear();
  body_taken_ = 0;
  number_ = number;
  in_body_ = false;
}

AnswerCheck::Verdict AnswerCheck::take(std::string_view bytes) {
  if (in_body_) return take_body(bytes);
  const std::size_t known = head_.size();
  head_.append(bytes.substr(0, kMaxHead + 1 - known));
  const std::size_t end = head_.find("\r\n\r\n", known < 3 ? 0 : known - 3);
  if (end == std::string::npos) return head_.size() > kMaxHead ? Verdict::Wrong : Verdict::More;
  head_.resize(end + 2);
  if (!head_is_right()) return Verdict::Wrong;
  in_body_ = true;
  return take_body(bytes.substr(end + 4 - known));
}

AnswerCheck::Verdict AnswerCheck::take_body(std::string_view bytes) {
  const std::string_view expected = script_->expected_body().substr(body_taken_);
  if (bytes != expected.substr(0, bytes.size())) return Verdict::Wrong;
  body_taken_ += bytes.size();
  return bytes.size() == expected.size() ? Verdict::Right : Verdict::More;
}

bool AnswerCheck::head_is_right() const {
  const std::string_view id = only_field(head_, "x-m2m-ri");
  return head_.starts_with(script_->expected_status()) && only_field(head_, "x-m2m-rsc") == script_->expected_code() &&
         id.starts_with('r') && id.substr(1) == std::to_string(number_) &&
         only_field(head_, "content-length") == std::to_string(script_->expected_body().size());
}

}  // namespace saproxy::bench
