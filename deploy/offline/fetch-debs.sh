#!/bin/sh
# Run on a Debian 12 machine with internet, of the same architecture as the server: fetches the
# packages of packages.txt with all they depend on into a folder that is a small repository.
#   fetch-debs.sh [DIR]        then: build.sh --debs DIR, or put DIR beside install.sh as `debs`
set -eu
list="$(dirname "$0")/packages.txt"
dir="${1:-debs}"
grep -q '^VERSION_ID="12"' /etc/os-release || echo "note: this is not Debian 12; versions may not fit" >&2
command -v apt-ftparchive >/dev/null || command -v dpkg-scanpackages >/dev/null || {
  echo "needed: apt-get install apt-utils" >&2
  exit 1
}
mkdir -p "$dir/partial"
dir=$(cd "$dir" && pwd)
# As if nothing were installed here, so that nothing the server may lack is left out.
status=$(mktemp)
trap 'rm -f "$status"' EXIT
packages=$(sed 's/#.*//' "$list")
# shellcheck disable=SC2086
apt-get install --yes --quiet --download-only --no-install-recommends \
  -o Dir::State::status="$status" -o Dir::Cache::archives="$dir" -o APT::Sandbox::User=root $packages
rm -rf "$dir/partial" "$dir/lock"
cd "$dir"
if command -v apt-ftparchive >/dev/null; then apt-ftparchive packages . >Packages; else dpkg-scanpackages -m . >Packages; fi
sha256sum -- *.deb Packages >SHA256SUMS
echo "$(ls ./*.deb | wc -l) packages in $dir"
