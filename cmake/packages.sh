#!/bin/sh
# Installs the Debian packages that are missing: cmake/packages.sh build | test
#   build  what compiling Dsy and running an example needs
#   test   that, and what the tests need
# Asks dpkg first, so that it does nothing, and needs neither root nor a network, where all is there.
set -eu

packages="gcc libc6-dev cmake ninja-build pkg-config re2c lemon libsqlite3-dev libuv1-dev node-llhttp \
libintelrdfpmath-dev libxxhash-dev libutf8proc-dev libjansson-dev libicu-dev libcurl4-openssl-dev libssl-dev curl jq"
case "${1:-build}" in
build) ;;
test) packages="$packages clang clang-format clang-tidy libclang-rt-14-dev libcriterion-dev libcbor-dev valgrind git vim" ;;
*) echo "usage: cmake/packages.sh build|test" >&2; exit 2 ;;
esac

missing=
for package in $packages; do
    case "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)" in
    *" installed") ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

echo "== installing Debian packages:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Run as root, or install these packages first:$missing" >&2; exit 1; }
    as_root=sudo
fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086  # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
