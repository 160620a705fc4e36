# llhttp 9.2 or later, static. Debian 13 has it; for Debian 12 the static library of unstable is taken out of its package (plain C,
# no new glibc symbol). 8.x accepts lone CRs, which is request-smuggling material. Sourced by deploy/setup.

llhttp_version=

provide_llhttp() {
  mkdir -p "$work/stage"/{include,lib/pkgconfig}
  if pkg-config --atleast-version=9.2 libllhttp 2> /dev/null; then
    llhttp_version=$(pkg-config --modversion libllhttp)
    cp "$(pkg-config --variable=includedir libllhttp)/llhttp.h" "$work/stage/include/"
    cp "$(pkg-config --variable=libdir libllhttp)/libllhttp.a" "$work/stage/lib/"
    return
  fi
  prepare_private_apt || die "no llhttp here: install a libllhttp of 9.2 or later with its .pc file"
  mkdir -p "$work/llhttp"
  (cd "$work/llhttp" && private_apt download libllhttp-dev/sid) || die "cannot fetch libllhttp-dev (log: $log)"
  local deb
  deb=$(find "$work/llhttp" -name 'libllhttp-dev_*.deb' | head -n1)
  check_file "$deb" signed
  step "unpacking llhttp" dpkg-deb -x "$deb" "$work/llhttp/root"
  cp "$work/llhttp/root/usr/include/llhttp.h" "$work/stage/include/"
  cp "$(find "$work/llhttp/root/usr/lib" -name libllhttp.a | head -n1)" "$work/stage/lib/"
  llhttp_version=$(sed -n 's/^Version: //p' "$(find "$work/llhttp/root" -name libllhttp.pc | head -n1)")
}

finish_llhttp() { write_pc "$1" libllhttp "$llhttp_version" "-lllhttp"; }
