// Guard against a trap between two kinds of vector code in wolfSSL: its P-256 assembly returns with the upper halves of
// the vector registers in use, and every SSE-encoded instruction (SHA-NI, AES-NI) then pays for that, 12 us instead of
// 0.05 us for a block of SHA-256. The linker sends wc_Sha256Update and wc_Sha256Final through this file (--wrap), which
// clears the upper halves first.
#pragma once

namespace saproxy::proxy {

// Clears the upper halves of the vector registers; nothing on machines that have none.
void clear_upper_vector_registers() noexcept;

}  // namespace saproxy::proxy
