// The refusals of the gate as rows compare them: see to_string in gate_builders.h.
#pragma once

namespace saproxy::policy::testing {

inline constexpr const char* kForm = "refuse 4000 originator_form";
inline constexpr const char* kNotAllowed = "refuse 4106 originator_not_allowed";
inline constexpr const char* kMissing = "refuse 4000 originator_missing";
inline constexpr const char* kDenied = "refuse 4106 denied_originator";
inline constexpr const char* kOwn = "refuse 4106 own_cse_id";
inline constexpr const char* kSyntax = "refuse 4000 bad_originator_syntax";
inline constexpr const char* kUnresolved = "refuse 4106 unresolved_identity";
inline constexpr const char* kNotAssignable = "refuse 4106 stem_not_assignable";
inline constexpr const char* kAeAsCse = "refuse 4005 ae_registers_as_cse";
inline constexpr const char* kMismatch = "refuse 4106 cse_id_mismatch";
inline constexpr const char* kOtherCse = "refuse 4106 other_registree_cse";
inline constexpr const char* kRelative = "refuse 4106 cse_relative_stem";
inline constexpr const char* kAeOfOther = "refuse 4106 ae_of_other_registree_cse";
inline constexpr const char* kNotRegistered = "refuse 4106 not_registered";
inline constexpr const char* kNeedsSa = "refuse 4107 association_required";

}  // namespace saproxy::policy::testing
