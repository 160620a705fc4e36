# Where the built libraries are. Sourced by deploy/setup.
# $cache/recipe-<hash> is a link to the prefix that was last built with these options and this compiler. The prefix holds
# include/, lib/ with .pc files, and share/saproxy/deps.env, which says what is in it and where it came from.

recipe() {
  local cc=${CC:-gcc}
  {
    echo "recipe 2"
    grep -v '^#' "$deps_dir/wolfssl.options"
    cat "$deps_dir/saproxy_rand.h" "$deps_dir/no_session_cache.c"
    "$cc" -dumpmachine
    "$cc" --version | head -n1
  } | sha256sum | cut -c1-12
}

# What the user asked for, empty when nothing.
asked_source() {
  if [ -n "$wolfssl_prefix" ]; then
    [ -d "$wolfssl_prefix" ] || die "no such folder: $wolfssl_prefix"
    printf 'prefix %s' "$(realpath "$wolfssl_prefix")"
  elif [ -n "$wolfssl_tarball" ]; then
    [ -r "$wolfssl_tarball" ] || die "cannot read $wolfssl_tarball"
    printf 'tarball %s' "$(sha256sum < "$wolfssl_tarball" | cut -c1-64)"
  fi
}

# Prints the prefix if it is there and fits what was asked for.
current_prefix() {
  command -v "${CC:-gcc}" > /dev/null || return 1
  local link asked library
  link=$cache/recipe-$(recipe)
  asked=$(asked_source) || exit 1
  [ -r "$link/share/saproxy/deps.env" ] || return 1
  for library in wolfssl llhttp yyjson; do [ -r "$link/lib/lib$library.a" ] || return 1; done
  [ -z "$asked" ] || grep -qxF "asked=$asked" "$link/share/saproxy/deps.env" || return 1
  realpath "$link"
}

# work: scratch folder of this run; log: output of its steps. Not local, because the trap on EXIT needs them.
work= log=

build_prefix() {
  local recipe_id started=$SECONDS
  recipe_id=$(recipe)
  work=$(mktemp -d "$cache/build.XXXXXX")
  log=$cache/setup.log
  : > "$log"
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/stage"
  say "building libraries into $cache, about a minute (log: $log)"

  provide_wolfssl
  provide_llhttp
  provide_yyjson

  local name=wolfssl-$wolfssl_version-llhttp-$llhttp_version-yyjson-$yyjson_version-$recipe_id
  [ -z "$(asked_source)" ] || name=$name-$(asked_source | sha256sum | cut -c1-8)
  local final=$cache/$name
  finish_wolfssl "$final"
  finish_llhttp "$final"
  finish_yyjson "$final"
  mkdir -p "$work/stage/share/saproxy"
  {
    echo "asked=$(asked_source)"
    echo "wolfssl_version=$wolfssl_version"
    echo "wolfssl_source=$wolfssl_source"
    echo "wolfssl_patches=$wolfssl_patches"
    echo "wolfssl_missing_fixes=$wolfssl_missing_fixes"
    echo "llhttp_version=$llhttp_version"
    echo "yyjson_version=$yyjson_version"
    sed 's/^/sha256=/' "$work/sha256" 2> /dev/null || true
  } > "$work/stage/share/saproxy/deps.env"

  rm -rf "$final"
  mv "$work/stage" "$final"
  ln -sfn "$final" "$cache/recipe-$recipe_id.new"
  mv -T "$cache/recipe-$recipe_id.new" "$cache/recipe-$recipe_id"
  rm -rf "$work"
  trap - EXIT
  say "wolfSSL $wolfssl_version ($wolfssl_source; patches: ${wolfssl_patches:-none}), llhttp $llhttp_version, yyjson $yyjson_version, $((SECONDS - started)) s: $final"
}

# Runs a step of the build; its output is shown only when it fails.
step() {
  local what=$1
  shift
  echo "== $what: $*" >> "$log"
  "$@" >> "$log" 2>&1 && return
  tail -n 20 "$log" >&2
  die "$what failed (log: $log)"
}
