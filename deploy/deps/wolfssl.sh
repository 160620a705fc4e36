# wolfSSL from the first place that has a usable one. Sourced by deploy/setup.
# Sets wolfssl_version, wolfssl_source, wolfssl_patches, wolfssl_missing_fixes; leaves headers and library in $work/stage.

wolfssl_version= wolfssl_source= wolfssl_patches= wolfssl_missing_fixes=
wolfssl_build_dir= wolfssl_link_root= wolfssl_link_lib=

# probe_wolfssl INCLUDE_DIR LIBRARY [MIN_HEX]: compile and link; reasons of a refusal in $probe_reasons.
probe_wolfssl() {
  local flags=(-I"$1")
  [ "$1" != /usr/include ] || flags=()
  [ -z "${3:-}" ] || flags+=(-DSAPROXY_MIN_WOLFSSL="$3")
  probe_reasons=
  [ -r "$2" ] || { probe_reasons="no static library $2"; return 1; }
  [ -r "$1/wolfssl/options.h" ] || { probe_reasons="no $1/wolfssl/options.h"; return 1; }
  if ! "${CC:-gcc}" "${flags[@]}" "$deps_dir/wolfssl_probe.c" -o "$work/probe" "$2" -lm -pthread > "$work/probe.log" 2>&1; then
    cat "$work/probe.log" >> "$log"
    probe_reasons=$(sed -n 's/.*#error "\(.*\)"/\1/p' "$work/probe.log" | sort -u | paste -sd';')
    probe_reasons=${probe_reasons:-does not compile or link}
    return 1
  fi
  "$work/probe" || { probe_reasons="header and library differ"; return 1; }
  if grep -qE '^#define (OPENSSL_EXTRA|OPENSSL_ALL)$' "$1/wolfssl/options.h"; then
    warn "wolfSSL in $1 was built with OPENSSL_EXTRA: sessions need several times the memory"
  fi
}

header_version() { sed -n 's/^#define LIBWOLFSSL_VERSION_STRING "\(.*\)"/\1/p' "$1/wolfssl/version.h"; }

# Uses an installed wolfSSL in place. $1 include folder, $2 library, $3 where it came from.
use_installed() {
  wolfssl_link_root=$1 wolfssl_link_lib=$2
  wolfssl_version=$(header_version "$1")
  wolfssl_source=$3
  wolfssl_patches=unknown
  wolfssl_missing_fixes=unknown
}

use_user_prefix() {
  local dir lib
  dir=$(realpath "$wolfssl_prefix")
  lib=$(find "$dir"/lib "$dir"/lib64 "$dir/lib/$("${CC:-gcc}" -print-multiarch 2> /dev/null)" -maxdepth 1 -name libwolfssl.a 2> /dev/null | head -n1 || true)
  probe_wolfssl "$dir/include" "${lib:-$dir/lib/libwolfssl.a}" || die "the wolfSSL in $dir cannot be used: $probe_reasons"
  use_installed "$dir/include" "$lib" "your prefix $dir"
  warn "whether this wolfSSL has Debian's security patches is not known"
}

use_system() {
  local include lib
  pkg-config --exists wolfssl 2> /dev/null || return 1
  include=$(pkg-config --variable=includedir wolfssl)
  lib=$(pkg-config --variable=libdir wolfssl)/libwolfssl.a
  probe_wolfssl "$include" "$lib" || { say "not using the system's wolfSSL: $probe_reasons"; return 1; }
  use_installed "$include" "$lib" "the system's"
  if dpkg -S "$lib" > /dev/null 2>&1; then
    wolfssl_version=$(dpkg-query -W -f '${Version}' "$(dpkg -S "$lib" | cut -d: -f1)")
    wolfssl_patches="those of the package"
  fi
}

# Names of the patches that are applied in an unpacked Debian source.
patch_names() { sed 's/#.*//; /^[[:space:]]*$/d; s/[[:space:]].*//; s/\.patch$//' "$1/debian/patches/series" 2> /dev/null | paste -sd' ' || true; }

# Which of the known fixes are named by no patch of the unpacked source. Only 5.9.2 is known to need them.
missing_fixes() {
  local fix rest missing=
  while read -r fix rest; do
    grep -rqs "$fix" "$1/debian/patches" || missing+="$fix "
  done < <(grep -v '^#' "$deps_dir/wolfssl_fixes")
  printf '%s' "${missing% }"
}

take_tree() {
  wolfssl_build_dir=$1 wolfssl_source=$2
  wolfssl_patches=$(patch_names "$1")
  wolfssl_missing_fixes=$(missing_fixes "$1")
}

use_user_tarball() {
  local dir=$work/src/tarball
  check_file "$wolfssl_tarball" given
  mkdir -p "$dir"
  step "unpacking $wolfssl_tarball" tar xf "$wolfssl_tarball" -C "$dir" --strip-components=1
  take_tree "$dir" "your tarball $(basename "$wolfssl_tarball")"
  wolfssl_version=$(tree_version "$dir")
}

tree_version() { sed -n 's/^AC_INIT(\[wolfssl\],\[\([^]]*\)\].*/\1/p' "$1/configure.ac"; }

# use_debian_source SUITE full|tarball
use_debian_source() {
  local suite=$1 how=$2 dir=$work/src/$1-$2 tree= dsc
  prepare_private_apt || return 1
  mkdir -p "$dir"
  if [ "$how" = full ]; then
    (cd "$dir" && private_apt source "wolfssl/$suite") || return 1
    tree=$(find "$dir" -mindepth 1 -maxdepth 1 -type d | head -n1)
  else
    (cd "$dir" && private_apt source --tar-only "wolfssl/$suite") || return 1
    tree=$dir/tree
    mkdir -p "$tree"
    step "unpacking wolfSSL" tar xf "$(find "$dir" -name 'wolfssl_*.orig.tar.*z' | head -n1)" -C "$tree" --strip-components=1
  fi
  local file
  while read -r file; do check_file "$file" signed; done < <(find "$dir" -maxdepth 1 -name 'wolfssl_*.tar.*z' | sort)
  take_tree "$tree" "Debian $suite, $([ "$how" = full ] && echo "source with Debian's patches" || echo "release tarball")"
  wolfssl_version=$(tree_version "$tree")
  dsc=$(find "$dir" -name 'wolfssl_*.dsc' | head -n1)
  if [ -n "$dsc" ]; then wolfssl_version=$(sed -n 's/^Version: //p' "$dsc" | head -n1); fi
}

configure_options() {
  local machine first rest
  machine=$(uname -m)
  while read -r first rest; do
    case $first in
      --*) printf '%s\n' "$first" ;;
      "$machine") printf '%s\n' "$rest" ;;
    esac
  done < <(grep -v '^#' "$deps_dir/wolfssl.options")
}

add_session_cache_stubs() {
  local symbols
  symbols=$(nm "$1" 2> /dev/null)
  grep -q ' U TlsSessionCacheGetAndRdLock$' <<< "$symbols" || return 0
  ! grep -q ' T TlsSessionCacheGetAndRdLock$' <<< "$symbols" || return 0
  step "stubs of the session cache" "${CC:-gcc}" -O2 -fPIC -I"$work/stage/include" -I"$wolfssl_build_dir" \
    -c "$deps_dir/no_session_cache.c" -o "$work/no_session_cache.o"
  step "stubs of the session cache" ar r "$1" "$work/no_session_cache.o"
}

build_wolfssl() {
  local cflags options
  cflags="$(sed -n 's/^cflag //p' "$deps_dir/wolfssl.options" | paste -sd' ') -include $work/saproxy_rand.h"
  cp "$deps_dir/saproxy_rand.h" "$work/"
  mapfile -t options < <(configure_options)
  cd "$wolfssl_build_dir"
  # Not through CFLAGS: wolfSSL writes those into options.h, where every program that includes it would see this one.
  [ -x configure ] || step "autogen of wolfSSL" ./autogen.sh
  step "configure of wolfSSL" ./configure --prefix=/usr "${options[@]}" CFLAGS="$cflags"
  step "build of wolfSSL" make -j"$(nproc)" EXTRA_CPPFLAGS=-D_FORTIFY_SOURCE=2
  step "installation of wolfSSL" make install DESTDIR="$work/root"
  cd "$work"
  mkdir -p "$work/stage"/{include,lib/pkgconfig}
  cp -R "$work/root/usr/include/wolfssl" "$work/stage/include/"
  cp "$work/root/usr/lib/libwolfssl.a" "$work/stage/lib/"
  add_session_cache_stubs "$work/stage/lib/libwolfssl.a"
  # 5.7.2 is the oldest that is known to work; its DTLS 1.2 has no Connection ID.
  probe_wolfssl "$work/stage/include" "$work/stage/lib/libwolfssl.a" 0x05007002 ||
    die "the wolfSSL that was built cannot be used: $probe_reasons"
}

warn_of_missing_fixes() {
  local release
  release=${wolfssl_version%%-*}
  case $release in
    5.9.2 | 5.9.1 | 5.9.0) ;;
    5.7.*) warn "wolfSSL $release is a fallback: no Connection ID in DTLS 1.2, and whether it needs the fixes in deploy/deps/wolfssl_fixes is not known"; return ;;
    *) wolfssl_missing_fixes=; return ;;
  esac
  [ -n "$wolfssl_missing_fixes" ] || return 0
  warn "*** this wolfSSL $release LACKS SECURITY FIXES that Debian has published: $wolfssl_missing_fixes"
  warn "*** saproxy's own handshake watch covers: $(sed -n 's/^\(CVE[^ ]*\) watched: \(.*\)/\1 (\2)/p' "$deps_dir/wolfssl_fixes" | paste -sd, | sed 's/,/, /g'); the others stay open"
  warn "*** run deploy/setup --refresh when Debian's patched source can be had, or give a patched one with --wolfssl-tarball or --wolfssl-prefix"
}

provide_wolfssl() {
  if [ -n "$wolfssl_prefix" ]; then use_user_prefix
  elif [ -n "$wolfssl_tarball" ]; then use_user_tarball
  elif use_system; then :
  elif use_debian_source sid full; then :
  elif use_debian_source sid tarball; then :
  elif use_debian_source trixie full; then :
  else die "no usable wolfSSL here: give one with --wolfssl-tarball FILE (a release of 5.7.4 or later) or --wolfssl-prefix DIR"
  fi
  if [ -n "$wolfssl_build_dir" ]; then
    build_wolfssl
    warn_of_missing_fixes
  fi
}

# The prefix always looks the same, whether the library was built or is used where it is.
finish_wolfssl() {
  mkdir -p "$work/stage"/{include,lib/pkgconfig}
  if [ -n "$wolfssl_link_root" ]; then
    ln -s "$wolfssl_link_root/wolfssl" "$work/stage/include/wolfssl"
    ln -s "$wolfssl_link_lib" "$work/stage/lib/libwolfssl.a"
  fi
  write_pc "$1" wolfssl "${wolfssl_version%%-*}" "-lwolfssl -lm"
}

# write_pc FINAL_PREFIX NAME VERSION LIBS
write_pc() {
  cat > "$work/stage/lib/pkgconfig/$2.pc" <<X
prefix=$1
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: $2
Description: $2 as built for saproxy
Version: $3
Libs: -L\${libdir} $4
Cflags: -I\${includedir}
X
}
