#!/bin/sh
# Installs the named Debian packages that are missing; without root it only says which they are.
set -eu
missing=""
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
# pyenv and the like bring their own venv; Debian's is needed only where python3.11 is Debian's.
if [ "$missing" = " python3.11-venv" ] && python3.11 -c "import ensurepip" 2>/dev/null; then exit 0; fi
if [ "$(id -u)" -ne 0 ]; then
  echo "These Debian packages are missing; browser or PostgreSQL parts will not work:$missing" >&2
  echo "Install them with: sudo apt-get install$missing" >&2
  exit 0
fi
echo "Installing Debian packages:$missing"
# Tests start their own Prometheus and Alertmanager on free ports; the services that come with the
# packages must not start by themselves here (containers forbid it anyway, by the same file).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] && ! command -v prometheus >/dev/null; then
  printf '#!/bin/sh\ncase "$1" in prometheus*) exit 101;; esac\nexit 0\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
