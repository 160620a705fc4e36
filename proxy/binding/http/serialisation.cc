#include "proxy/binding/http/syntax.h"
#include "proxy/binding/http/to_primitive.h"

namespace saproxy::proxy::http {
namespace {

using policy::Serialisation;

// Thousandths. Spec: RFC 9110 12.4.2; what is no weight counts as 1.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_item(parameters, ';');
    if (!starts_with_fold(parameter, "q=")) continue;
    const std::string_view value = parameter.substr(2);
    if (!value.starts_with('0')) return 1000;
    int weight = 0;
    int unit = 100;
    for (std::size_t i = 2; i < value.size() && is_digit(value[i]); ++i, unit /= 10) weight += unit * (value[i] - '0');
    return weight;
  }
  return 1000;
}

}  // namespace

std::optional<Serialisation> serialisation_of(std::string_view content_type) {
  const std::string_view media_type = take_item(content_type, ';');
  const std::size_t slash = media_type.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view subtype = media_type.substr(slash + 1);
  subtype.remove_prefix(subtype.rfind('+') + 1);  // the suffix, or all when there is none
  if (equals_fold(subtype, "json")) return Serialisation::Json;
  if (equals_fold(subtype, "xml")) return Serialisation::Xml;
  if (equals_fold(subtype, "cbor")) return Serialisation::Cbor;
  return std::nullopt;
}

Serialisation answer_serialisation(const RequestHead& head) {
  std::optional<Serialisation> best;
  int best_weight = 0;
  for (const Field& field : head.fields) {
    if (!equals_fold(field.name, "Accept")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      std::string_view range = take_item(rest, ',');
      const std::string_view media_type = take_item(range, ';');
      const auto serialisation = serialisation_of(media_type);
      const int weight = weight_of(range);
      if (!serialisation || weight <= best_weight) continue;
      best = serialisation;
      best_weight = weight;
    }
  }
  if (best) return *best;
  const Field* const content_type = head.find("Content-Type");
  if (content_type == nullptr) return Serialisation::Json;
  return serialisation_of(content_type->value).value_or(Serialisation::Json);
}

}  // namespace saproxy::proxy::http
