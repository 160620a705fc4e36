# Sources and packages of newer Debian releases, through private apt lists: the system's own lists and sources stay as they are.
# apt checks every file against the signed index; deploy/deps/checksums pins the ones that were tried. Sourced by deploy/setup.

private_apt_ready=no
private_apt_stale=no

private_apt() { APT_CONFIG=$work/apt/apt.conf apt-get "$@" >> "$log" 2>&1; }

# Derives the address from the machine's own sources. Fails where they do not serve Debian.
prepare_private_apt() {
  [ $private_apt_ready = no ] || return 0
  local uri key suite targets=(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian')
  uri=$("${targets[@]}" | sort -u | head -n1)
  if [ -z "$uri" ] && [ "$(id -u)" = 0 ]; then
    apt-get -q update >> "$log" 2>&1 || true
    uri=$("${targets[@]}" | sort -u | head -n1)
  fi
  [ -n "$uri" ] || { warn "this machine's apt sources do not serve Debian"; return 1; }
  key=$(find /usr/share/keyrings -name 'debian-archive-keyring.*' | sort -r | head -n1)
  [ -n "$key" ] || { warn "the package debian-archive-keyring is missing"; return 1; }
  mkdir -p "$work"/apt/{lists/partial,archives/partial,parts}
  {
    for suite in trixie sid; do echo "deb-src [signed-by=$key] $uri $suite main"; done
    echo "deb [signed-by=$key] $uri sid main"
  } > "$work/apt/sources.list"
  : > "$work/apt/status"
  cat > "$work/apt/apt.conf" <<X
Dir::Etc::SourceList "$work/apt/sources.list"; Dir::Etc::SourceParts "$work/apt/parts";
Dir::State::Lists "$work/apt/lists"; Dir::State::status "$work/apt/status"; Dir::Cache::archives "$work/apt/archives";
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache ""; APT::Sandbox::User "root";
Acquire::Retries "3"; Acquire::Languages "none";
X
  if ! private_apt update; then
    # A mirror that is not refreshed any more serves an index whose signature is good but whose date is past. What comes
    # through it has to be a file that we know.
    private_apt -o Acquire::Check-Valid-Until=false update || { warn "cannot fetch the package indexes"; return 1; }
    private_apt_stale=yes
    warn "the package index of Debian unstable has expired: only files with a pinned checksum are taken from it"
  fi
  private_apt_ready=yes
}

# Records the checksum of $1 and compares it with the pinned one. $2: "signed" when apt has checked the file, else "given".
check_file() {
  local file=$1 trust=$2 name sum pinned
  name=$(basename "$file")
  # apt writes '~' and '+' of a version as %7e and %2b.
  name=${name//%7e/\~}
  name=${name//%2b/+}
  name=${name//%3a/:}
  sum=$(sha256sum < "$file" | cut -c1-64)
  echo "$sum  $name" | tee -a "$log" >> "$work/sha256"
  pinned=$(awk -v name="$name" '$2 == name { print $1 }' "$deps_dir/checksums")
  if [ -n "$pinned" ]; then
    [ "$sum" = "$pinned" ] || die "$name has sha256 $sum, expected $pinned"
  elif ! grep -q "^$sum " "$deps_dir/checksums"; then
    if [ "$trust" = signed ] && [ $private_apt_stale = yes ]; then
      die "$name (sha256 $sum) comes through an expired package index and is not pinned in deploy/deps/checksums"
    elif [ "$trust" = signed ]; then
      warn "$name is not a version that was tried (sha256 $sum, checked by apt against the signed index)"
    else
      warn "nothing vouches for $file (sha256 $sum is in no list of ours)"
    fi
  fi
}
