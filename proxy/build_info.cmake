# Run at every build; writes OUTPUT only when something in it has changed, so that nothing is compiled again for nothing.
# Needs SOURCE_DIR, DEPS_PREFIX, OUTPUT, VERSION.
set(commit "unknown")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE_DIR} rev-parse --short=12 HEAD
                  OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
  if(NOT failed)
    set(commit ${answer})
  endif()
endif()
set(wolfssl_version "unknown")
set(wolfssl_source "unknown")
set(wolfssl_patches "")
set(wolfssl_missing_fixes "")
set(llhttp_version "unknown")
set(yyjson_version "unknown")
if(EXISTS ${DEPS_PREFIX}/share/saproxy/deps.env)
  file(STRINGS ${DEPS_PREFIX}/share/saproxy/deps.env lines)
  foreach(line IN LISTS lines)
    if(line MATCHES "^(wolfssl_version|wolfssl_source|wolfssl_patches|wolfssl_missing_fixes|llhttp_version|yyjson_version)=(.*)$")
      set(key ${CMAKE_MATCH_1})
      string(REGEX REPLACE "[\\\\\"]" "" value "${CMAKE_MATCH_2}")
      set(${key} "${value}")
    endif()
  endforeach()
endif()
set(text "// Written by proxy/build_info.cmake.
#pragma once
#include <string_view>

namespace saproxy::proxy {
inline constexpr std::string_view kVersion = \"${VERSION}\";
inline constexpr std::string_view kCommit = \"${commit}\";
inline constexpr std::string_view kWolfsslVersion = \"${wolfssl_version}\";
inline constexpr std::string_view kWolfsslSource = \"${wolfssl_source}\";
// Names of Debian's patches that are in it; empty = none.
inline constexpr std::string_view kWolfsslPatches = \"${wolfssl_patches}\";
// Published security fixes that it lacks; empty = none known.
inline constexpr std::string_view kWolfsslMissingFixes = \"${wolfssl_missing_fixes}\";
inline constexpr std::string_view kLlhttpVersion = \"${llhttp_version}\";
inline constexpr std::string_view kYyjsonVersion = \"${yyjson_version}\";
}  // namespace saproxy::proxy
")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT before STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
