#include "policy/primitive.h"

namespace saproxy::policy {

std::string_view to_text(Operation operation) {
  switch (operation) {
    case Operation::Create: return "create";
    case Operation::Retrieve: return "retrieve";
    case Operation::Update: return "update";
    case Operation::Delete: return "delete";
    case Operation::Notify: return "notify";
  }
  return "unknown";
}

std::optional<Operation> parse_operation(std::string_view text) {
  using enum Operation;
  for (const Operation operation : {Create, Retrieve, Update, Delete, Notify}) {
    if (text == to_text(operation)) return operation;
  }
  return std::nullopt;
}

}  // namespace saproxy::policy
