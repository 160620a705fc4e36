// One request and what its answer has to be, down to the last byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/options.h"

namespace saproxy::bench {

// What all requests of a run have in common.
class Script {
 public:
  explicit Script(const Options& options);
  // `client`: which of the targets.
  void write_request(std::string& out, std::size_t client, std::uint64_t number) const;
  [[nodiscard]] std::string_view expected_body() const { return body_; }
  [[nodiscard]] std::string_view expected_status() const { return status_; }
  [[nodiscard]] std::string_view expected_code() const { return code_; }
  [[nodiscard]] std::uint64_t bytes_each_way() const { return payload_; }

 private:
  std::vector<std::string> before_number_;  // for each target
  std::string after_number_;
  std::string body_;
  std::string_view status_;
  std::string_view code_;
  std::uint64_t payload_ = 0;
};

// Holds one answer against the script, piece by piece.
class AnswerCheck {
 public:
  enum class Verdict { More, Right, Wrong };
  void begin(const Script& script, std::uint64_t number);
  [[nodiscard]] Verdict take(std::string_view bytes);

 private:
  [[nodiscard]] Verdict take_body(std::string_view bytes);
  [[nodiscard]] bool head_is_right() const;

  const Script* script_ = nullptr;
  std::string head_;
  std::size_t body_taken_ = 0;
  std::uint64_t number_ = 0;
  bool in_body_ = false;
};

}  // namespace saproxy::bench
