// Files in memory for tests of the configuration loader: a CA, a certificate of /cse1 and a CRL that it issued; keys
// are not real.
#pragma once

#include <fnmatch.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "policy/config_loader.h"

namespace saproxy::policy::testing {

// From openssl req -x509 with P-256, dNSName cse1.sp.example.com; the private keys were thrown away.
inline constexpr std::int64_t kIssued = 1795561820;  // 2026-11-24T23:10:20Z
inline constexpr std::int64_t kExpired = kIssued + 365 * 86'400;
inline constexpr std::int64_t kNow = kIssued + 86'400;
inline constexpr const char* kCaPem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBmTCCAUCgAwIBAgIUZvY+L8fb4ywdDUaWSbzP9r3pKrgwCgYIKoZIzj0EAwIw\n"
    "KzEXMBUGA1UECgwOc3AuZXhhbXBsZS5jb20xEDAOBgNVBAMMB3Rlc3QgQ0EwHhcN\n"
    "MjYxMTI0MjMxMDIwWhcNMjcxMTI0MjMxMDIwWjArMRcwFQYDVQQKDA5zcC5leGFt\n"
    "cGxlLmNvbTEQMA4GA1UEAwwHdGVzdCBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEH\n"
    "A0IABBzKWqAQJAWJv8n4nKLJB//khELht7OcU09/wyceh+2VAevwlIaKKuvgFcIK\n"
    "0fVuhiIp76T3CxYoynb1thmrRkujQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0P\n"
    "AQH/BAQDAgEGMB0GA1UdDgQWBBTEnPnld1df1RpAIaypfJBT4F+C0DAKBggqhkjO\n"
    "PQQDAgNHADBEAiBHy9yxeUOu5VEGx3KMBXMtSP0QbBA+Sg7YQ0yc1trQ+QIgYlzh\n"
    "FPHSLwMVc0+5W77RB8451qWCckeYyQt2wM7+VT8=\n"
    "-----END CERTIFICATE-----\n";
inline constexpr const char* kServerPem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBxjCCAW2gAwIBAgIUVQxet01RvZyZHM+08BPdX2ffsVYwCgYIKoZIzj0EAwIw\n"
    "KzEXMBUGA1UECgwOc3AuZXhhbXBsZS5jb20xEDAOBgNVBAMMB3Rlc3QgQ0EwHhcN\n"
    "MjYxMTI0MjMxMDIwWhcNMjcxMTI0MjMxMDIwWjAZMRcwFQYDVQQKDA5zcC5leGFt\n"
    "cGxlLmNvbTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCrWwNQsxWdKVUPHOJ14\n"
    "1c6xxO3IW238NuRsh8/I4JPgyQOJd5o7OFxS1H9pOWCqzf+IWSQzERVuZtHmhMWs\n"
    "DdGjgYAwfjAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDAeBgNVHREEFzAV\n"
    "ghNjc2UxLnNwLmV4YW1wbGUuY29tMB0GA1UdDgQWBBSSOEW7/DAafpkk9ZBJHPWd\n"
    "6zM2NTAfBgNVHSMEGDAWgBTEnPnld1df1RpAIaypfJBT4F+C0DAKBggqhkjOPQQD\n"
    "AgNHADBEAiBiukSPdcT1nt86AjKVBQ40n85tzIK/6aeSNPE71QdNDgIgCSLjTOK0\n"
    "IzXu1vXlnKZq4RgW6eNDmxVsOQJvcT3t6cE=\n"
    "-----END CERTIFICATE-----\n";
inline constexpr const char* kPublicKeyPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKtbA1CzFZ0pVQ8c4nXjVzrHE7chb\n"
    "bfw25GyHz8jgk+DJA4l3mjs4XFLUf2k5YKrN/4hZJDMRFW5m0eaExawN0Q==\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr const char* kCrlPem =
    "-----BEGIN X509 CRL-----\n"
    "MIHCMGoCAQEwCgYIKoZIzj0EAwIwKzEXMBUGA1UECgwOc3AuZXhhbXBsZS5jb20x\n"
    "EDAOBgNVBAMMB3Rlc3QgQ0EXDTI2MTEyNDIzMTAyMFoXDTI2MTIyNDIzMTAyMFqg\n"
    "DjAMMAoGA1UdFAQDAgEBMAoGCCqGSM49BAMCA0gAMEUCIQCwbzliXHZT3ipaLFhy\n"
    "tOcFSysaQBdQ8yiAC7SExV2wPwIgM0upDQDvwdECBrTKBACtZ1m1/5rtdiB5Mnzi\n"
    "bRKe8Mw=\n"
    "-----END X509 CRL-----\n";
inline const std::string kPrivateKeyPem =
    std::string("-----BEGIN PRIVATE") + " KEY-----\nMAMCAQA=\n-----END PRIVATE" + " KEY-----\n";

// What load_config reads instead of a disk. `loose` files may be read by others.
class MemoryFiles {
 public:
  MemoryFiles() {
    write("ca.pem", kCaPem);
    write("cse.crt", kServerPem);
    write("cse.key", kPrivateKeyPem);
    write("node.pub", kPublicKeyPem);
    write("crl.pem", kCrlPem);
    write("strong.psk", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
  }
  MemoryFiles& write(const std::string& path, std::string content, bool loose = false) {
    files_[path] = {std::move(content), loose, 0};
    return *this;
  }
  [[nodiscard]] LoadResult load(const std::string& main = "main.toml", std::int64_t now = kNow) const {
    const ReadFile read = [this](const std::string& path, std::size_t most) -> identity::Result<FileView> {
      const auto file = files_.find(path);
      if (file == files_.end() && has_folder(path))
        return identity::fail(identity::ErrorCode::IsFolder, "Is a directory");
      if (file == files_.end()) return identity::fail(identity::ErrorCode::NotFound, "No such file or directory");
      if (file->second.content.size() > most) return identity::fail(identity::ErrorCode::OutOfRange, "too large");
      return file->second;
    };
    const ListFiles list = [this](const std::string& pattern) -> identity::Result<std::vector<std::string>> {
      std::vector<std::string> matches;
      for (const auto& [path, file] : files_) {
        if (::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0) matches.push_back(path);
      }
      return matches;
    };
    return load_config(main, read, list, now);
  }

 private:
  [[nodiscard]] bool has_folder(const std::string& path) const {
    const std::string folder = path.ends_with('/') ? path : path + "/";
    const auto next = files_.lower_bound(folder);
    return next != files_.end() && next->first.starts_with(folder);
  }
  std::map<std::string, FileView> files_;
};

// The smallest parts that load: each row of a test replaces or adds what it is about.
inline constexpr const char* kCse =
    "[cse]\nid = \"/cse1\"\nsp = \"//sp.example.com\"\naddress = \"http://127.0.0.1:8080\"\n";
inline constexpr const char* kListener =
    "[[listener]]\nname = \"https\"\naddress = \"0.0.0.0:8443\"\nframeworks = [\"psk\"]\n";
inline constexpr const char* kPsk =
    "[[psk]]\nidentity = \"ae1@sp.example.com\"\nkey_file = \"strong.psk\"\nae = \"Cae1\"\n";
inline constexpr const char* kCertificate =
    "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"cse.key\"\n";
inline constexpr const char* kTrust = "[trust]\nanchors = [\"ca.pem\"]\n";
inline std::string minimal() { return std::string(kCse) + kListener + kPsk; }

// One error or warning on each line.
inline std::string all_text(const std::vector<ConfigError>& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += error.text() + "\n";
  return text;
}

inline Config loaded(const MemoryFiles& files) {
  LoadResult result = files.load();
  EXPECT_TRUE(result.errors.empty()) << all_text(result.errors);
  return std::move(result.config);
}

}  // namespace saproxy::policy::testing
