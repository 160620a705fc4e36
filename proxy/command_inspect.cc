#include <ostream>
#include <vector>

#include "identity/certificate.h"
#include "identity/inspect.h"
#include "identity/pem.h"
#include "proxy/commands.h"
#include "proxy/files.h"
#include "proxy/loaded_config.h"
#include "proxy/loop/clock.h"

namespace saproxy::proxy {

using identity::Bytes;
using identity::Certificate;
using identity::Result;

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20;

identity::ByteView as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Result<std::string> read(const std::string& path) {
  auto file = disk_reader()(path, kLargestFile);
  if (!file) return identity::fail(file.error().code, path + ": " + file.error().detail);
  return std::move(file->content);
}

// DER values of a file: certificates, or else public keys.
Result<std::vector<Bytes>> read_values(const std::string& path) {
  SAPROXY_TRY(const std::string content, read(path));
  auto certificates = identity::decode_pem_or_der(as_bytes(content), "CERTIFICATE");
  if (certificates) return certificates;
  if (certificates.error().code != identity::ErrorCode::NotFound)
    return identity::fail(certificates.error().code, path + ": " + certificates.error().detail);
  auto keys = identity::decode_pem(content, "PUBLIC KEY");
  if (keys) return keys;
  return identity::fail(keys.error().code, path + ": holds no certificate and no public key: " + keys.error().detail);
}

Result<bool> add_issuers(std::span<const Bytes> values, const std::string& path, std::vector<Certificate>& issuers) {
  for (const Bytes& value : values) {
    auto issuer = identity::parse_certificate(value);
    if (!issuer)
      return identity::fail(issuer.error().code,
                            path + ": issuer " + std::to_string(issuers.size() + 1) + ": " + issuer.error().detail);
    issuers.push_back(std::move(*issuer));
  }
  return true;
}

Result<std::string> describe(const InspectOptions& options, const identity::LocalEntity* local) {
  SAPROXY_TRY(const std::vector<Bytes> values, read_values(options.certificate_path));
  std::vector<Certificate> issuers;
  SAPROXY_TRY([[maybe_unused]] const bool own,
              add_issuers(std::span(values).subspan(1), options.certificate_path, issuers));
  if (options.issuers_path) {
    SAPROXY_TRY(const std::vector<Bytes> named, read_values(*options.issuers_path));
    SAPROXY_TRY([[maybe_unused]] const bool added, add_issuers(named, *options.issuers_path, issuers));
  }
  return identity::describe_certificate(values.front(), issuers, local, unix_seconds());
}

}  // namespace

int inspect(const InspectOptions& options, std::ostream& out, std::ostream& err) {
  std::optional<identity::LocalEntity> local;
  if (options.config_path) {
    const std::optional<policy::Config> config = load_for_command(*options.config_path, err);
    if (!config) return kExitFailed;
    local = identity::LocalEntity{config->cse.sp, config->cse.id, config->cse_domain_names, config->in_domain_name};
  }
  const Result<std::string> text = describe(options, local ? &*local : nullptr);
  if (!text) {
    err << text.error().detail << '\n';
    return kExitFailed;
  }
  out << *text;
  return kExitOk;
}

}  // namespace saproxy::proxy
