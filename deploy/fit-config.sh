#!/bin/sh
# Copies the shipped configuration to a folder and fits its paths to a server:
#   fit-config.sh SOURCE TARGET STATE [HOST [DATABASE]]
# HOST is what the console listens on (default 127.0.0.1), DATABASE a reference such as
# "{file: /run/secrets/database_url}" (default: SQLite in STATE).
set -eu
source=$1 target=$2 state=$3 host=${4:-127.0.0.1} database=${5:-}
[ ! -e "$target/watcher.yaml" ] || { echo "$target/watcher.yaml is there already; left as it is" >&2; exit 3; }
mkdir -p "$target"
cp -r "$source/." "$target/"
file="$target/watcher.yaml"
sed -i "s|^state: .*|state: $state # 程序写入的目录|" "$file"
sed -i "s|^listen: {host: [^,]*,|listen: {host: $host,|" "$file"
[ -z "$database" ] || sed -i "s|^# database: {env: .*|database: $database|" "$file"
grep -q "^state: $state " "$file" && grep -q "^listen: {host: $host," "$file" || {
  echo "$file does not look as expected; fit state and listen by hand" >&2
  exit 1
}
