#!/bin/sh
# Makes what compose.yaml mounts: configuration, secrets, the monitoring's configuration.
#   deploy/container/prepare.sh [DIR]        default: deploy/container/run
# Secrets that are there already stay; edit DIR/config/offices.yaml and DIR/secrets.env afterwards.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
dir="${1:-$here/run}"
mkdir -p "$dir/secrets" "$dir/prometheus" "$dir/alertmanager"
# Files in `secrets` are readable, the folder is not: containers mount them one by one, as other users.
chmod 700 "$dir" "$dir/secrets"
random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
secret() { [ -s "$dir/secrets/$1" ] || { printf '%s\n' "$2" >"$dir/secrets/$1"; chmod 444 "$dir/secrets/$1"; }; }
secret database_password "$(random)"
secret database_url "postgresql+psycopg://shouwang:$(cat "$dir/secrets/database_password")@postgres/shouwang"
secret alertmanager_token "$(random)"
secret grafana_password "$(random)"

if [ ! -e "$dir/config/watcher.yaml" ]; then
  sh "$top/deploy/fit-config.sh" "$top/config" "$dir/config" /var/lib/shouwang 0.0.0.0 '{file: /run/secrets/database_url}'
  cat >>"$dir/config/watcher.yaml" <<'YAML'

alertmanager:
  token: {file: /run/secrets/alertmanager_token}
  url: http://alertmanager:9093
YAML
fi
[ -e "$dir/secrets.env" ] || {
  {
    echo "# 密钥，每行 名称=值（不加引号）；名称见 config/offices.yaml"
    grep -hoE '^[^#]*\{env: *[A-Z0-9_]+' "$dir/config/offices.yaml" | grep -oE '[A-Z0-9_]+$' | sort -u | sed 's/^/# /; s/$/=/'
  } >"$dir/secrets.env"
  chmod 600 "$dir/secrets.env"
}
chmod -R a+rX "$dir/config"

# The same files as on a server, with the names that services have here.
sed 's/127\.0\.0\.1:8710/shouwang:8710/; s/127\.0\.0\.1:9093/alertmanager:9093/; s/127\.0\.0\.1:9090/localhost:9090/' \
  "$top/deploy/prometheus/prometheus.yml" >"$dir/prometheus/prometheus.yml"
cp "$top/deploy/prometheus/rules.yml" "$dir/prometheus/rules.yml"
sed 's|http://127\.0\.0\.1:8710|http://shouwang:8710|; s|credentials_file: alertmanager.token|credentials_file: /run/secrets/alertmanager_token|' \
  "$top/deploy/alertmanager/alertmanager.yml" >"$dir/alertmanager/alertmanager.yml"
chmod -R a+rX "$dir/prometheus" "$dir/alertmanager"
echo "prepared in $dir; next: edit config/offices.yaml and secrets.env there, then"
echo "  docker compose -f $here/compose.yaml run --rm shouwang check && docker compose -f $here/compose.yaml up -d"
