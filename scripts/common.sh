# shellcheck shell=sh
# Sourced by the other scripts: goes to the repository's root and knows how to install and build.

set -eu
cd "$(dirname "$0")/.."

say() {
    printf '\n== %s\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# missing_packages GROUP...: those of scripts/packages.txt that are not installed.
missing_packages() {
    for group in "$@"; do
        sed -n "s/^$group  *\([^ ]*\) .*/\1/p" scripts/packages.txt
    done | while read -r package; do
        case $(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null) in
        ?i*) ;;
        *) echo "$package" ;;
        esac
    done
}

# install_packages GROUP...: what is missing, through apt; without network when nothing is.
install_packages() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        say "No apt here: if the build stops, install by hand what scripts/packages.txt lists"
        return
    fi
    packages=$(missing_packages "$@" | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        as_root='env'
    elif command -v sudo >/dev/null; then
        as_root='sudo env'
    else
        die "neither root nor sudo; as root run: apt-get install $packages"
    fi
    say "Installing $packages"
    $as_root apt-get update -q ||
        die "apt-get update failed; see its message above, or install by hand: $packages"
    # shellcheck disable=SC2086 # words on purpose
    $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        $packages || die "apt-get install failed; see its message above"
}

# build FOLDER OPTION...: configures and builds.
build() {
    folder=$1
    shift
    generator=
    if [ ! -f "$folder/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        generator=-GNinja
    fi
    cmake -S . -B "$folder" $generator -DCMAKE_BUILD_TYPE=Release "$@"
    cmake --build "$folder" --parallel "$(nproc)"
}
