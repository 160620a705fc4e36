#include <optional>
#include <string>

#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {
namespace {

// A list of many stems must not push the head over what a CSE takes; it is cut at a whole item and marked.
constexpr std::size_t kMaxValue = 900;
constexpr std::string_view kCut = "%...";  // no escaped text holds "%."

constexpr std::string_view kHex = "0123456789ABCDEF";

// Percent-encodes what could end the line, the list or the escape itself.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c > ' ' && c < 0x7f && c != '%' && c != ',') {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4U]);
    out.push_back(kHex[byte & 15U]);
  }
}

void add_line(std::string& lines, const policy::HeaderSettings& settings, std::string_view name,
              std::string_view escaped) {
  if (escaped.empty()) return;
  lines.append(settings.prefix).append(name).append(": ").append(escaped).append("\r\n");
}

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

std::string identities_value(const identity::Association& association) {
  if (const identity::CseId* const cse = association.cse_id()) return escaped(cse->sp_relative());
  std::string value;
  association.known_stems().any_pattern([&value](const identity::Pattern& pattern) {
    const std::string item = escaped(pattern.text());
    const bool full = value.size() + item.size() + 1 + kCut.size() > kMaxValue;
    if (!value.empty()) value.push_back(',');
    value.append(full ? kCut : std::string_view(item));
    return full;
  });
  return value;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    out.push_back(kDigits[group >> 18U]);
    out.push_back(kDigits[group >> 12U & 63U]);
    out.push_back(i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=');
    out.push_back(i + 2 < bytes.size() ? kDigits[group & 63U] : '=');
  }
  return out;
}

// Spec: RFC 7239 6: an address with a port, or an IPv6 one, is quoted.
std::string forwarded_value(std::string_view peer_address) {
  const bool plain =
      !peer_address.empty() && peer_address.find_first_not_of("0123456789abcdefABCDEF.:[]") == std::string_view::npos;
  if (!plain) return "for=unknown;proto=https";
  return "for=\"" + std::string(peer_address) + "\";proto=https";
}

}  // namespace

std::string identity_header_lines(const policy::HeaderSettings& settings, const identity::Association& association,
                                  std::string_view peer_address, std::string_view peer_certificate_der) {
  std::string lines;
  if (settings.enabled) {
    add_line(lines, settings, "Credential-ID", escaped(association.credential_id.text()));
    add_line(lines, settings, "Entity", identity::to_text(association.kind));
    add_line(lines, settings, "Identities", identities_value(association));
    add_line(lines, settings, "SAEF", identity::to_text(association.saef));
    add_line(lines, settings, "Association", escaped(association.id));
  }
  // Spec: RFC 9440 2.1: a byte sequence of structured fields.
  if (settings.client_cert && !peer_certificate_der.empty())
    lines.append("Client-Cert: :").append(base64(peer_certificate_der)).append(":\r\n");
  if (settings.forwarded) lines.append("Forwarded: ").append(forwarded_value(peer_address)).append("\r\n");
  return lines;
}

}  // namespace saproxy::proxy::http
