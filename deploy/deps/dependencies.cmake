# Finds what Debian has and what deploy/setup built, as imported targets saproxy::*, whose headers count as system headers.

if(NOT SAPROXY_DEPS_PREFIX)
  execute_process(
    COMMAND ${PROJECT_SOURCE_DIR}/deploy/setup --print-prefix
    OUTPUT_VARIABLE deps_prefix
    OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "wolfSSL, llhttp and yyjson are not there yet: run deploy/setup, or set SAPROXY_DEPS_PREFIX")
  endif()
else()
  set(deps_prefix ${SAPROXY_DEPS_PREFIX})
endif()
message(STATUS "Libraries of deploy/setup: ${deps_prefix}")

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
set(ENV{PKG_CONFIG_PATH} "${deps_prefix}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")

# pkg-config answers are cached; those of another prefix must not survive.
if(NOT "${deps_prefix}" STREQUAL "${SAPROXY_DEPS_PREFIX_SEEN}")
  foreach(module WOLFSSL LLHTTP YYJSON)
    unset(SAPROXY_${module}_FOUND CACHE)
    unset(__pkg_config_checked_SAPROXY_${module} CACHE)
  endforeach()
  set(SAPROXY_DEPS_PREFIX_SEEN "${deps_prefix}" CACHE INTERNAL "")
endif()

pkg_check_modules(SAPROXY_WOLFSSL REQUIRED wolfssl>=5.7.2)
pkg_check_modules(SAPROXY_LLHTTP REQUIRED libllhttp>=9.2)
pkg_check_modules(SAPROXY_YYJSON REQUIRED yyjson>=0.10)
pkg_check_modules(SAPROXY_LIBUV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(SAPROXY_SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.37)
pkg_check_modules(SAPROXY_CARES REQUIRED IMPORTED_TARGET libcares>=1.18)
pkg_check_modules(SAPROXY_PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(SAPROXY_LIBCBOR REQUIRED IMPORTED_TARGET libcbor>=0.8)
find_package(tl-expected REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(pugixml 1.13 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

# options.h has to come before every other wolfSSL header, so it is included by force and cannot be forgotten.
add_library(saproxy_wolfssl STATIC IMPORTED GLOBAL)
set_target_properties(saproxy_wolfssl PROPERTIES IMPORTED_LOCATION ${deps_prefix}/lib/libwolfssl.a)
target_include_directories(saproxy_wolfssl INTERFACE ${deps_prefix}/include)
target_compile_options(saproxy_wolfssl INTERFACE "SHELL:-include wolfssl/options.h")
target_link_libraries(saproxy_wolfssl INTERFACE m Threads::Threads)
add_library(saproxy::wolfssl ALIAS saproxy_wolfssl)

add_library(saproxy_llhttp STATIC IMPORTED GLOBAL)
set_target_properties(saproxy_llhttp PROPERTIES IMPORTED_LOCATION ${deps_prefix}/lib/libllhttp.a)
target_include_directories(saproxy_llhttp INTERFACE ${deps_prefix}/include)
add_library(saproxy::llhttp ALIAS saproxy_llhttp)

add_library(saproxy_yyjson STATIC IMPORTED GLOBAL)
set_target_properties(saproxy_yyjson PROPERTIES IMPORTED_LOCATION ${deps_prefix}/lib/libyyjson.a)
target_include_directories(saproxy_yyjson INTERFACE ${deps_prefix}/include)
add_library(saproxy::yyjson ALIAS saproxy_yyjson)

add_library(saproxy_libuv INTERFACE IMPORTED GLOBAL)
target_link_libraries(saproxy_libuv INTERFACE PkgConfig::SAPROXY_LIBUV Threads::Threads)
add_library(saproxy::libuv ALIAS saproxy_libuv)

add_library(saproxy_prometheus INTERFACE IMPORTED GLOBAL)
target_link_libraries(saproxy_prometheus INTERFACE PkgConfig::SAPROXY_PROMETHEUS)
add_library(saproxy::prometheus ALIAS saproxy_prometheus)

add_library(saproxy_libcbor INTERFACE IMPORTED GLOBAL)
target_link_libraries(saproxy_libcbor INTERFACE PkgConfig::SAPROXY_LIBCBOR)
add_library(saproxy::libcbor ALIAS saproxy_libcbor)

add_library(saproxy_sqlite INTERFACE IMPORTED GLOBAL)
target_link_libraries(saproxy_sqlite INTERFACE PkgConfig::SAPROXY_SQLITE)
add_library(saproxy::sqlite ALIAS saproxy_sqlite)

add_library(saproxy_cares INTERFACE IMPORTED GLOBAL)
target_link_libraries(saproxy_cares INTERFACE PkgConfig::SAPROXY_CARES)
add_library(saproxy::cares ALIAS saproxy_cares)
