#!/bin/sh
# /usr/local/bin/watcher: the program as the service runs it: its user, its configuration, its secrets.
export SHOUWANG_CONFIG="${SHOUWANG_CONFIG:-/etc/shouwang/watcher.yaml}"
program=/opt/shouwang/current/venv/bin/watcher
[ "$(id -u)" -eq 0 ] || exec "$program" "$@"
secrets=/etc/shouwang/secrets.env
if [ -r "$secrets" ]; then
  while IFS= read -r line || [ -n "$line" ]; do
    name=${line%%=*} value=${line#*=}
    [ "$name" != "$line" ] || continue
    case "$name" in '' | [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
    case "$value" in \"*\") value=${value#\"} value=${value%\"} ;; \'*\') value=${value#\'} value=${value%\'} ;; esac
    export "$name=$value"
  done <"$secrets"
fi
export HOME=/var/lib/shouwang
exec runuser -u shouwang -- "$program" "$@"
