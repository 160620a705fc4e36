// PEM files as the configuration needs them: blocks by label, each again as PEM text of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::policy {

struct PemBlock {
  std::string label;  // "CERTIFICATE"
  std::string pem;    // this block alone, canonical
  identity::Bytes der;
};

// Every block of the file in order; text between blocks is ignored. Fails when a block is malformed; the error repeats no content.
[[nodiscard]] identity::Result<std::vector<PemBlock>> read_pem_blocks(std::string_view text);

// Overwrites what a block held.
void wipe(PemBlock& block);

}  // namespace saproxy::policy
