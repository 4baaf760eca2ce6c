#!/bin/sh
# Makes dist/shouwang-VERSION-offline.tar: all that an installation without internet needs.
# Run where PyPI can be reached, on the same kind of machine (Debian 12, Python 3.11, x86-64 or arm64).
#   deploy/offline/build.sh [--debs DIR] [--wheels DIR]
# --debs: put in the Debian packages that fetch-debs.sh has fetched.
# --wheels: take wheels from this folder first (made by an earlier run); what is missing is fetched.
set -eu
cd "$(dirname "$0")/../.."
debs="" wheels=""
while [ $# -gt 0 ]; do
  case "$1" in
    --debs) debs="$2"; shift 2 ;;
    --wheels) wheels="$2"; shift 2 ;;
    *) echo "usage: $0 [--debs DIR] [--wheels DIR]" >&2; exit 2 ;;
  esac
done
bin="${VENV:-.venv}/bin"
[ -x "$bin/uv" ] || { echo "run 'make install' first" >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
name="shouwang-$version-offline"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out="$work/$name"
mkdir -p "$out/wheels" "$out/deploy" dist

# Every dependency at the version and hash of uv.lock, and nothing else.
"$bin/uv" export --quiet --frozen --no-dev --no-emit-project --format requirements-txt \
  --output-file "$out/requirements.txt"
[ -z "$wheels" ] || set -- --find-links "$(cd "$wheels" && pwd)"
"$bin/python" -m pip download --quiet --require-hashes --only-binary :all: "$@" \
  --dest "$out/wheels" --requirement "$out/requirements.txt"
"$bin/python" -m pip download --quiet --only-binary :all: "$@" --dest "$out/wheels" pip
"$bin/uv" build --quiet --wheel --out-dir "$out/wheels" .

cp -r config "$out/config"
for part in systemd prometheus alertmanager grafana nginx offline container; do
  [ ! -d "deploy/$part" ] || cp -r "deploy/$part" "$out/deploy/$part"
done
rm -rf "$out/deploy/container/config" "$out/deploy/container/secrets"
cp deploy/*.md deploy/fit-config.sh "$out/deploy/"
cp CHANGELOG.md "$out/"
cp deploy/offline/install.sh deploy/offline/fetch-debs.sh deploy/offline/packages.txt "$out/"
cp deploy/README.zh-CN.md "$out/README.zh-CN.md"
find "$out" -name __pycache__ -prune -exec rm -rf {} +
echo "$version" >"$out/VERSION"
if [ -n "$debs" ]; then
  cp -r "$debs" "$out/debs"
fi
(cd "$out" && find . -type f ! -name SHA256SUMS -printf '%P\0' | sort -z | xargs -0 sha256sum >SHA256SUMS)
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf "dist/.$name.tar" "$name"
mv "dist/.$name.tar" "dist/$name.tar"
(cd dist && sha256sum "$name.tar" | tee "$name.tar.sha256")
