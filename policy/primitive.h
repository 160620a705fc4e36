// Primitive: all that rules may see of a message. Every binding reduces a request to this small value; policy never
// sees HTTP or CoAP. Spec: TS-0004 7.2.1 (request primitive parameters)
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace saproxy::policy {

enum class Operation { Create, Retrieve, Update, Delete, Notify };
[[nodiscard]] std::string_view to_text(Operation operation);                    // "create", ...
[[nodiscard]] std::optional<Operation> parse_operation(std::string_view text);  // the same words

// A parameter that was sent, but not in its grammar, is Malformed: rules refuse it instead of guessing.
template <class T>
struct Parameter {
  enum class State : std::uint8_t { Absent, Present, Malformed };
  State state = State::Absent;
  T value{};
  [[nodiscard]] bool absent() const { return state == State::Absent; }
  [[nodiscard]] bool present() const { return state == State::Present; }
  [[nodiscard]] bool malformed() const { return state == State::Malformed; }
  static Parameter of(T value) { return {State::Present, value}; }
  static Parameter bad() { return {State::Malformed, {}}; }
};

enum class Serialisation : std::uint8_t { Json, Xml, Cbor };

struct ResourceContent;  // policy/resource_content.h

// Views point into the binding's buffers and live until the call that got the primitive returns.
struct Primitive {
  Operation operation = Operation::Retrieve;
  std::string_view to;                   // as oneM2M writes it: "cse-in/ae1", "/cse1/x", "//sp/cse1/x"
  std::optional<std::string_view> from;  // absent or empty both mean absent
  std::optional<std::string_view> request_id;
  std::optional<std::string_view> release_version;
  Parameter<std::uint32_t> resource_type;   // ty
  Parameter<std::uint32_t> result_content;  // rcn
  bool has_filter_criteria = false;
  std::optional<std::string_view>
      request_expiration;            // rqet, TS-0004 6.3.3 timestamp (basic ISO 8601) or relative milliseconds
  std::string_view content_type;     // media type without parameters, lower case
  std::uint64_t content_length = 0;  // bytes when known
  bool has_content = false;
  const ResourceContent* content = nullptr;  // of a registration, once it has been read; see Need::Fact::Content
};

// Resource types that rules name. Spec: TS-0004 6.3.4.2.1
inline constexpr std::uint32_t kTypeAe = 2;
inline constexpr std::uint32_t kTypeRemoteCse = 16;

}  // namespace saproxy::policy
