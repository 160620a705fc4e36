#include "proxy/client/cse_request.h"

#include <utility>

namespace saproxy::proxy {
namespace {

// "a" is CSE-relative, "/cse1/a" SP-relative, "//sp/cse1/a" absolute.
std::string path_of(const std::string& to) {
  if (to.starts_with("//")) return "/_" + to.substr(1);
  if (to.starts_with('/')) return "/~" + to;
  return "/" + to;
}

}  // namespace

CseRequestLines cse_request_lines(const policy::CseSettings& cse, const std::string& originator) {
  return {cse.address.http_host(), originator.empty() ? cse.id.sp_relative() : originator, cse.release_version};
}

std::string cse_request(std::string_view method, const policy::CseQuestion& question, const CseRequestLines& lines,
                        std::string_view id) {
  std::string text(method);
  text.append(" ").append(path_of(question.to));
  char before = '?';
  for (const auto& [name, value] : question.criteria) {
    text.append(1, std::exchange(before, '&')).append(name).append("=").append(value);
  }
  text.append(" HTTP/1.1\r\nHost: ").append(lines.host);
  text.append("\r\nX-M2M-Origin: ").append(question.originator.empty() ? lines.originator : question.originator);
  text.append("\r\nX-M2M-RI: ").append(id);
  text.append("\r\nX-M2M-RVI: ").append(lines.release);
  return text.append("\r\nAccept: application/json\r\n\r\n");
}

}  // namespace saproxy::proxy
