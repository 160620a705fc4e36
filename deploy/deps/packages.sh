# Debian packages: what is missing goes in with one apt-get call, and no service is started by it. Sourced by deploy/setup.

debian_release() { (. /etc/os-release 2> /dev/null && printf '%s' "${VERSION_ID:-0}"); }

wanted_packages() {
  local release group name since
  release=$(debian_release)
  while read -r group name since; do
    case " $* " in *" $group "*) ;; *) continue ;; esac
    [ "${release%%.*}" -ge "${since:-0}" ] 2> /dev/null || [ -z "$since" ] || continue
    printf '%s\n' "$name"
  done < <(grep -v '^#' "$deps_dir/packages") | sort -u
}

missing_packages() {
  local wanted installed
  wanted=$(wanted_packages "$@")
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2> /dev/null | sed -n 's/^installed //p' | sort -u || true)
  comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

# Maintainer scripts ask this file before they start a service; 101 means "not allowed".
forbid_services() {
  policy=/usr/sbin/policy-rc.d
  policy_backup=
  if [ -e "$policy" ]; then
    policy_backup=$(mktemp "$policy.XXXXXX")
    cp -p "$policy" "$policy_backup"
  fi
  trap allow_services EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
}

allow_services() {
  if [ -n "$policy_backup" ]; then mv "$policy_backup" "$policy"; else rm -f "$policy"; fi
  trap - EXIT
}

install_packages() {
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  [ "$(id -u)" = 0 ] || die "run as root, these packages are missing: $missing"
  say "installing $missing"
  local apt=(apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -q -y)
  if [ -z "$(apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages')" ]; then "${apt[@]}" update >&2; fi
  forbid_services
  # Stale indexes name packages that are gone; new ones mend that.
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" install --no-install-recommends $missing >&2 ||
    { "${apt[@]}" update >&2 && DEBIAN_FRONTEND=noninteractive "${apt[@]}" install --no-install-recommends $missing >&2; } ||
    die "apt-get could not install: $missing"
  allow_services
}
