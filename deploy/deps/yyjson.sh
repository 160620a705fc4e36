# yyjson 0.10 or later, static. Debian 13 has it; for Debian 12 its one C file comes out of the source tarball of Debian 13, or of
# unstable when that cannot be had. Sourced by deploy/setup.

yyjson_version=

provide_yyjson() {
  mkdir -p "$work/stage"/{include,lib/pkgconfig}
  local library
  if pkg-config --atleast-version=0.10 yyjson 2> /dev/null; then
    library=$(pkg-config --variable=libdir yyjson)/libyyjson.a
    if [ -r "$library" ]; then
      yyjson_version=$(pkg-config --modversion yyjson)
      cp "$(pkg-config --variable=includedir yyjson)/yyjson.h" "$work/stage/include/"
      cp "$library" "$work/stage/lib/"
      return
    fi
  fi
  prepare_private_apt || die "no yyjson here: install a yyjson of 0.10 or later with its .pc file and static library"
  mkdir -p "$work/yyjson/tree"
  (cd "$work/yyjson" && { private_apt source --tar-only yyjson/trixie || private_apt source --tar-only yyjson/sid; }) ||
    die "cannot fetch the source of yyjson (log: $log)"
  local tarball
  tarball=$(find "$work/yyjson" -maxdepth 1 -name 'yyjson_*.orig.tar.*z*' ! -name '*.asc' | head -n1)
  check_file "$tarball" signed
  step "unpacking yyjson" tar xf "$tarball" -C "$work/yyjson/tree" --strip-components=1
  build_yyjson "$work/yyjson/tree/src"
}

# Only what reads standard JSON: no writer, no pointers and patches, no literals and comments beyond RFC 8259.
build_yyjson() {
  step "build of yyjson" "${CC:-gcc}" -O2 -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2 -DYYJSON_DISABLE_WRITER=1 \
    -DYYJSON_DISABLE_UTILS=1 -DYYJSON_DISABLE_NON_STANDARD=1 -c "$1/yyjson.c" -o "$work/yyjson/yyjson.o"
  step "build of yyjson" ar rcs "$work/stage/lib/libyyjson.a" "$work/yyjson/yyjson.o"
  cp "$1/yyjson.h" "$work/stage/include/"
  yyjson_version=$(sed -n 's/^#define YYJSON_VERSION_STRING "\(.*\)"/\1/p' "$1/yyjson.h")
  [ -n "$yyjson_version" ] || die "the yyjson that was built does not say its version"
}

finish_yyjson() { write_pc "$1" yyjson "$yyjson_version" "-lyyjson"; }
