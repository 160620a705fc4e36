// PEM files as the configuration needs them: blocks of some kind of label, each again as PEM text of its own.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::policy {

struct PemBlock {
  std::string_view label;  // one of those asked for
  std::string pem;         // this block alone, canonical
  identity::Bytes der;
};

// The blocks with one of `labels`, label by label, in the order of the file; empty when there are none.
[[nodiscard]] identity::Result<std::vector<PemBlock>> read_pem_blocks(std::string_view text,
                                                                      std::span<const std::string_view> labels);

// Overwrites what a block held.
void wipe(PemBlock& block);

}  // namespace saproxy::policy
