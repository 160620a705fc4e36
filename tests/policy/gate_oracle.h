// What a forwarded From must look like, said again in the plainest way and sharing no code with the gate: strings,
// splitting, comparing. The property test and the fuzz target hold every decision against it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace saproxy::policy::testing {

struct OraclePeer {
  enum class Kind { Ae, Cse, Stranger, Outside } kind = Kind::Outside;
  std::vector<std::string> stems;  // AE: patterns
  std::string cse;                 // CSE: "/cse2"
};

struct OracleWorld {
  std::string sp = "sp.example.com";
  std::string own = "/cse-in";
  std::vector<std::string> registrees;  // "/cse2"
  std::vector<std::string> denied;      // no wildcards
  std::vector<std::string> reserved;    // stems
};

inline std::string folded(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

inline std::vector<std::string> split(const std::string& text, const std::string& separators) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (separators.find(c) != std::string::npos) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

inline bool oracle_glob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    return oracle_glob(pattern.substr(1), text) || (!text.empty() && oracle_glob(pattern, text.substr(1)));
  }
  return !text.empty() && pattern.front() == text.front() && oracle_glob(pattern.substr(1), text.substr(1));
}

inline bool oracle_denied(const OracleWorld& world, const std::string& originator) {
  for (const std::string& name : world.denied) {
    if (folded(originator) == folded(name)) return true;
    for (const std::string& part : split(originator, "/,")) {
      if (folded(part) == folded(name)) return true;
    }
  }
  return false;
}

inline bool oracle_own(const OracleWorld& world, const std::string& originator) {
  const std::string text = folded(originator);
  return text == folded(world.own) || "/" + text == folded(world.own) || text == folded("//" + world.sp + world.own);
}

inline bool is_one_of(const std::vector<std::string>& list, const std::string& text) {
  for (const std::string& item : list) {
    if (item == text) return true;
  }
  return false;
}

inline bool oracle_stem(const std::string& text) {
  if (text.size() < 2 || (text[0] != 'C' && text[0] != 'S')) return false;
  for (const char c : text) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (!fine) return false;
  }
  return true;
}

inline bool oracle_ae_may(const OraclePeer& peer, const std::string& originator, bool registers) {
  if (oracle_stem(originator)) {
    for (const std::string& pattern : peer.stems) {
      if (oracle_glob(pattern, originator)) return true;
    }
    return false;
  }
  if (!registers) return false;
  for (const std::string& pattern : peer.stems) {
    const bool any = pattern[0] == '*';
    if (originator.empty() && (any || pattern[0] == 'C' || pattern[0] == 'S')) return true;
    if ((originator == "C" || originator == "S") && (any || pattern[0] == originator[0])) return true;
  }
  return false;
}

// "/cse/..." of our service provider: the CSE part; "" for what is of another one or CSE-relative.
inline std::string oracle_cse_part(const OracleWorld& world, const std::string& originator) {
  std::string path = originator;
  const std::string ours = "//" + world.sp + "/";
  if (path.starts_with(ours)) path = path.substr(ours.size() - 1);
  if (path.starts_with("//") || !path.starts_with("/")) return "";
  return "/" + split(path, "/")[1];
}

inline bool oracle_cse_may(const OracleWorld& world, const OraclePeer& peer, const std::string& originator) {
  if (originator.size() < 2) return false;
  if (!originator.starts_with("/")) return originator[0] == 'S' && oracle_stem(originator);
  const std::string cse = oracle_cse_part(world, originator);
  if (folded(cse) == folded(world.own)) return false;
  return cse == peer.cse || !is_one_of(world.registrees, cse);
}

// May this peer be seen by the CSE as `originator`? `registers`: the request is CREATE <AE>.
inline bool oracle_allows(const OracleWorld& world, const OraclePeer& peer, const std::string& originator,
                          bool registers) {
  if (oracle_denied(world, originator) || oracle_own(world, originator)) return false;
  switch (peer.kind) {
    case OraclePeer::Kind::Ae: return oracle_ae_may(peer, originator, registers);
    case OraclePeer::Kind::Cse: return oracle_cse_may(world, peer, originator);
    case OraclePeer::Kind::Stranger: {
      const bool free = originator.empty() || originator == "C" || originator == "S" || oracle_stem(originator);
      return registers && free && !is_one_of(world.reserved, originator);
    }
    case OraclePeer::Kind::Outside: return false;
  }
  return false;
}

}  // namespace saproxy::policy::testing
