// What was read out of a content, as one line that a test can compare and a person can read.
#pragma once

#include <string>

#include "policy/resource_content.h"

namespace saproxy::policy {

inline std::string told(const identity::Result<ResourceContent>& read) {
  if (!read) return "error: " + read.error().detail;
  std::string out = std::to_string(read->type);
  const auto add = [&out](const char* name, const std::optional<std::string>& value) {
    if (value) out += std::string(" ") + name + "=" + *value;
  };
  add("api", read->app_id);
  add("aei", read->ae_id);
  add("csi", read->cse_id);
  add("ri", read->resource_id);
  add("rn", read->resource_name);
  add("et", read->expiration_time);
  if (read->request_reachability) out += *read->request_reachability ? " rr" : " !rr";
  const auto add_list = [&out](const char* name, const std::optional<std::vector<std::string>>& values) {
    if (!values) return;
    out += std::string(" ") + name + "=[";
    for (const std::string& value : *values) out += value + ";";
    out += "]";
  };
  add_list("poa", read->points_of_access);
  add_list("dcse", read->descendant_cses);
  return out;
}

inline std::string told(Serialisation serialisation, std::string_view content,
                        WrittenBy writer = WrittenBy::Registree) {
  return told(read_resource_content(serialisation, content, writer));
}

}  // namespace saproxy::policy
