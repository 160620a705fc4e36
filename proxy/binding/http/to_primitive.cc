#include "proxy/binding/http/to_primitive.h"

#include <algorithm>

#include "proxy/binding/http/content_type.h"
#include "proxy/binding/http/query.h"
#include "proxy/binding/http/syntax.h"
#include "proxy/binding/http/target.h"

namespace saproxy::proxy::http {
namespace {

using policy::Operation;
using policy::Primitive;
using Failure = std::optional<MappingError>;

// The text of a oneM2M header, or nothing when it is absent or empty.
std::optional<std::string_view> value_of(const RequestHead& head, std::string_view name) {
  const Field* const field = head.find(name);
  return field == nullptr || field->value.empty() ? std::nullopt : std::optional(field->value);
}

std::string_view append(std::string& scratch, std::string_view text) {
  const std::size_t start = scratch.size();
  scratch.append(text);
  return std::string_view(scratch).substr(start);
}

// Spec: TS-0009 6.2.2.1: "/x" is CSE-relative "x", "/~/cse/x" SP-relative "/cse/x", "/_/sp/cse/x" absolute
// "//sp/cse/x".
Failure map_target(std::string_view path, Primitive& primitive, std::string& scratch) {
  const std::size_t start = scratch.size();
  while (!path.empty()) scratch.push_back(static_cast<char>(take_char(path).byte));
  std::string_view to = std::string_view(scratch).substr(start);
  if (to == "/~" || to == "/_") return MappingError::BadTarget;
  const bool absolute = to.starts_with("/_/");
  if (absolute && to.find('/', 3) == std::string_view::npos)
    return MappingError::BadTarget;  // a service provider is no resource
  if (absolute) {
    scratch[start + 1] = '/';  // "/_/sp" becomes "//sp" by leaving out the first of three
    scratch.erase(start, 1);
    to = std::string_view(scratch).substr(start);
  } else {
    to.remove_prefix(to.starts_with("/~/") ? 2 : 1);
  }
  primitive.to = to;
  return std::nullopt;
}

Failure map_query(std::string_view query, Primitive& primitive) {
  const QueryReading reading = read_query(query);
  switch (reading.result) {
    case QueryReading::Result::Ok: break;
    case QueryReading::Result::Duplicate: return MappingError::DuplicateParameter;
    case QueryReading::Result::Malformed: return MappingError::BadParameter;
  }
  // A CSE that looks for ty in the query, too, would take such a notification for a Create.
  if (primitive.operation == Operation::Notify && reading.has_resource_type) return MappingError::BadParameter;
  primitive.has_filter_criteria = reading.has_filter_criteria;
  if (reading.result_content) primitive.result_content = policy::Parameter<std::uint32_t>::of(*reading.result_content);
  return std::nullopt;
}

Failure map_content_type(const RequestHead& head, Primitive& primitive, std::string& scratch) {
  const auto value = value_of(head, "Content-Type");
  if (!value) return std::nullopt;
  const ContentTypeReading reading = read_content_type(*value);
  switch (reading.result) {
    case ContentTypeReading::Result::Ok: break;
    case ContentTypeReading::Result::Malformed: return MappingError::BadParameter;
    case ContentTypeReading::Result::DuplicateResourceType: return MappingError::DuplicateParameter;
  }
  const std::size_t start = scratch.size();
  primitive.content_type = append(scratch, reading.type.media_type);
  for (std::size_t i = start; i < scratch.size(); ++i) scratch[i] = to_lower(scratch[i]);
  if (reading.type.resource_type)
    primitive.resource_type = policy::Parameter<std::uint32_t>::of(*reading.type.resource_type);
  return std::nullopt;
}

Failure map_headers(const RequestHead& head, Primitive& primitive) {
  for (const Field& field : head.fields) {
    // Beyond ASCII the same bytes are several texts.
    if (starts_with_fold(field.name, "X-M2M-") && !is_printable(field.value)) return MappingError::BadParameter;
  }
  primitive.from = value_of(head, "X-M2M-Origin");
  primitive.request_id = value_of(head, "X-M2M-RI");
  primitive.release_version = value_of(head, "X-M2M-RVI");
  primitive.request_expiration = value_of(head, "X-M2M-RET");
  // A comma is part of ids that one CSE assigns; a blank makes a list of it.
  if (primitive.from && !is_visible(*primitive.from)) return MappingError::BadParameter;
  return std::nullopt;
}

Failure map_operation(const RequestHead& head, Primitive& primitive) {
  switch (head.method) {
    case Method::Get: primitive.operation = Operation::Retrieve; return std::nullopt;
    case Method::Put: primitive.operation = Operation::Update; return std::nullopt;
    case Method::Delete: primitive.operation = Operation::Delete; return std::nullopt;
    case Method::Post:
      primitive.operation = primitive.resource_type.absent() ? Operation::Notify : Operation::Create;
      return std::nullopt;
    case Method::Other: break;
  }
  return MappingError::MethodNotAllowed;
}

}  // namespace

std::string_view to_text(MappingError error) {
  switch (error) {
    case MappingError::MethodNotAllowed: return "method_not_allowed";
    case MappingError::DuplicateParameter: return "duplicate_parameter";
    case MappingError::BadTarget: return "bad_target";
    case MappingError::BadParameter: return "bad_parameter";
    case MappingError::ContentNotAllowed: return "content_not_allowed";
  }
  return "bad_parameter";
}

std::string_view sentence(MappingError error) {
  switch (error) {
    case MappingError::MethodNotAllowed: return "oneM2M uses GET, POST, PUT and DELETE";
    case MappingError::DuplicateParameter: return "a parameter is given twice";
    case MappingError::BadTarget: return "the request target is no address of a resource";
    case MappingError::BadParameter: return "a request parameter is malformed";
    case MappingError::ContentNotAllowed: return "a request with this method has no content";
  }
  return "a request parameter is malformed";
}

policy::ResponseCode code_of(MappingError error) {
  switch (error) {
    case MappingError::MethodNotAllowed: return policy::ResponseCode::OperationNotAllowed;
    case MappingError::DuplicateParameter:
    case MappingError::BadTarget:
    case MappingError::BadParameter:
    case MappingError::ContentNotAllowed: return policy::ResponseCode::BadRequest;
  }
  return policy::ResponseCode::BadRequest;
}

std::variant<policy::Primitive, MappingError> to_primitive(const RequestHead& head, std::string& scratch) {
  Primitive primitive;
  if (head.method == Method::Other) return MappingError::MethodNotAllowed;
  if (!is_clear_target(head.target)) return MappingError::BadTarget;
  scratch.clear();
  // Views into it must survive the appends below.
  const Field* const content_type = head.find("Content-Type");
  scratch.reserve(head.target.size() + (content_type == nullptr ? 0 : content_type->value.size()));
  const TargetParts parts = split_target(head.target);
  if (const Failure failure = map_target(parts.path, primitive, scratch)) return *failure;
  if (const Failure failure = map_content_type(head, primitive, scratch)) return *failure;
  if (const Failure failure = map_operation(head, primitive)) return *failure;
  if (const Failure failure = map_query(parts.query, primitive)) return *failure;
  if (const Failure failure = map_headers(head, primitive)) return *failure;
  primitive.content_length = head.content_length.value_or(0);
  primitive.has_content = head.chunked || primitive.content_length > 0;
  // A server that ignores content here takes its bytes for the next request.
  if (primitive.has_content && (head.method == Method::Get || head.method == Method::Delete))
    return MappingError::ContentNotAllowed;
  return primitive;
}

}  // namespace saproxy::proxy::http
