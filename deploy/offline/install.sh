#!/bin/sh
# 安装或升级守望，不需要互联网。以 root 运行：./install.sh
#   --debs       先安装 debs 目录里的 Debian 软件包（由 fetch-debs.sh 取得）
#   --no-start   只安装，不启动服务
#   --rollback   退回上一个版本（数据库结构若已升级，会提示怎样恢复升级前的备份）
# 重复运行即升级：先备份，再换版本，升级数据库，启动，查健康；旧版本保留一个。
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${SHOUWANG_ROOT:-} # for trying: everything below this folder, no user, no service
prefix="$root/opt/shouwang" etc="$root/etc/shouwang" state="$root/var/lib/shouwang" backups="$root/var/backups/shouwang"
debs="" start=1 rollback=""
for word in "$@"; do
  case "$word" in
    --debs) debs=1 ;;
    --no-start) start="" ;;
    --rollback) rollback=1 ;;
    *) sed -n '2,7p' "$0" >&2; exit 2 ;;
  esac
done
say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail "请以 root 运行"
systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }
running() { systemd && systemctl is-active --quiet shouwang.service; }
# The program as its own user, with the secrets that the service gets.
watcher() {
  if [ -n "$root" ]; then SHOUWANG_CONFIG="$etc/watcher.yaml" "$prefix/current/venv/bin/watcher" "$@"
  else /usr/local/bin/watcher "$@"; fi
}
healthy() {
  port=$(sed -n 's/^listen:.*port: *\([0-9]*\).*/\1/p' "$etc/watcher.yaml")
  for _ in $(seq 60); do
    "$prefix/current/venv/bin/python" -c "import sys, urllib.request
urllib.request.urlopen('http://127.0.0.1:${port:-8710}/healthz', timeout=5)" 2>/dev/null && return 0
    sleep 1
  done
  return 1
}

if [ -n "$rollback" ]; then
  old=$(readlink "$prefix/previous" || true)
  [ -n "$old" ] && [ -d "$old" ] || fail "没有可退回的版本"
  new=$(readlink "$prefix/current")
  ! systemd || systemctl stop shouwang.service || true
  ln -sfn "$old" "$prefix/current"
  ln -sfn "$new" "$prefix/previous"
  say "已退回 $(basename "$old")。"
  say "若新版本升级过数据库结构，旧版本会说“数据库结构不是最新版本”；此时恢复升级前的备份："
  say "  ls $backups/before-*.tar.gz"
  say "  watcher restore --replace $backups/before-….tar.gz --by 姓名"
  say "然后：systemctl start shouwang"
  exit 0
fi

say "核对安装包……"
(cd "$here" && sha256sum --quiet -c SHA256SUMS) || fail "安装包不完整或被改动，未安装任何内容"
version=$(cat "$here/VERSION")

if [ -n "$debs" ]; then
  [ -f "$here/debs/Packages" ] || fail "没有 debs 目录；在联网的 Debian 12 上运行 fetch-debs.sh 取得"
  (cd "$here/debs" && sha256sum --quiet -c SHA256SUMS) || fail "debs 目录不完整"
  # apt clears away what it does not know among its lists, so the source lies beside them.
  lists=$(mktemp -d) source=$(mktemp)
  echo "deb [trusted=yes] file:$here/debs ./" >"$source"
  set -- -o Dir::Etc::sourcelist="$source" -o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root \
    -o Dir::State::lists="$lists"
  mkdir -p "$lists/partial"
  apt-get "$@" update -qq
  # shellcheck disable=SC2046
  DEBIAN_FRONTEND=noninteractive apt-get "$@" install -y -qq --no-install-recommends $(sed 's/#.*//' "$here/packages.txt")
  rm -rf "$lists" "$source"
fi

python=$(command -v python3.11 || true)
[ -n "$python" ] || fail "需要 Python 3.11（Debian 12 自带）：apt-get install python3，或加 --debs"

# -- the program: a folder of its own for each installation --------------------------------------
release="$prefix/releases/$version-$(date -u +%Y%m%dT%H%M%SZ)"
say "安装 $version 到 $release……"
mkdir -p "$release"
trap '[ -e "$release/.done" ] || rm -rf "$release"' EXIT
"$python" -m venv --without-pip "$release/venv"
pip="$release/venv/bin/python $(ls "$here"/wheels/pip-*.whl)/pip"
export PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL
$pip install --quiet --no-index --find-links "$here/wheels" --require-hashes -r "$here/requirements.txt"
$pip install --quiet --no-index --no-deps "$here"/wheels/shouwang-"$version"-*.whl
"$release/venv/bin/python" -m compileall -q "$release/venv/lib" >/dev/null 2>&1 || true
cp -r "$here/config" "$here/deploy" "$here/CHANGELOG.md" "$release/"
chmod -R go-w,a+rX "$release"
touch "$release/.done"

# -- user, folders, configuration ----------------------------------------------------------------
if [ -z "$root" ]; then
  install -D -m 644 "$here/deploy/systemd/shouwang.sysusers" /usr/lib/sysusers.d/shouwang.conf
  install -D -m 644 "$here/deploy/systemd/shouwang.tmpfiles" /usr/lib/tmpfiles.d/shouwang.conf
  if command -v systemd-sysusers >/dev/null; then systemd-sysusers shouwang.conf
  elif ! id shouwang >/dev/null 2>&1; then useradd --system --home-dir /var/lib/shouwang --shell /usr/sbin/nologin shouwang; fi
fi
fresh=""
if sh "$here/deploy/fit-config.sh" "$here/config" "$etc" "$state" 2>/dev/null; then fresh=1; fi
[ -f "$etc/watcher.yaml" ] || fail "配置没有写成：$etc"
[ -f "$etc/secrets.env" ] || {
  umask 077
  {
    echo "# 密钥，每行 名称=值；下列名称见 offices.yaml 与 watcher.yaml，去掉行首 # 并填写"
    grep -rhoE '\{env: *[A-Z0-9_]+' "$etc"/*.yaml | sed 's/{env: */# /; s/$/=/' | sort -u
  } >"$etc/secrets.env"
  umask 022
}
mkdir -p "$state" "$backups"
if [ -z "$root" ]; then
  chown -R root:shouwang "$etc"
  find "$etc" -type d -exec chmod 750 {} +
  find "$etc" -type f -exec chmod 640 {} +
  if command -v systemd-tmpfiles >/dev/null; then systemd-tmpfiles --create shouwang.conf; fi
  chown root:root "$etc/secrets.env"
  chmod 600 "$etc/secrets.env"
  chown shouwang:shouwang "$state" "$backups"
  chmod 750 "$state"
  chmod 700 "$backups"
  install -D -m 755 "$here/deploy/offline/watcher-wrapper.sh" /usr/local/bin/watcher
  for unit in shouwang.service shouwang-backup.service shouwang-backup.timer; do
    install -D -m 644 "$here/deploy/systemd/$unit" "/etc/systemd/system/$unit"
  done
  install -D -m 644 "$here/deploy/systemd/journald-shouwang.conf" /etc/systemd/journald.conf.d/shouwang.conf
  ! systemd || systemctl daemon-reload
fi

# -- the change from the old version to the new one ----------------------------------------------
old=$(readlink "$prefix/current" 2>/dev/null || true)
was_running=""
if [ -n "$old" ] && [ -d "$old" ]; then
  file="$backups/before-$version-$(date -u +%Y%m%dT%H%M%SZ).tar.gz"
  say "备份到 $file……"
  watcher backup "$file" --without-evidence || fail "备份失败，未升级（旧版本照常运行）"
  if running; then was_running=1; systemctl stop shouwang.service; fi
  ln -sfn "$old" "$prefix/previous"
fi
ln -sfn "$release" "$prefix/current"
if ! watcher migrate; then
  [ -z "$old" ] || ln -sfn "$old" "$prefix/current"
  [ -z "$was_running" ] || systemctl start shouwang.service
  fail "数据库升级失败，已退回旧版本；请看上面的错误"
fi
find "$prefix/releases" -mindepth 1 -maxdepth 1 -type d ! -path "$release" ! -path "${old:-$release}" -exec rm -rf {} +

# -- start -----------------------------------------------------------------------------------------
if ! watcher check; then
  say ""
  say "程序已装好，配置还须填写：编辑 $etc/offices.yaml 与 $etc/secrets.env，再"
  say "  watcher check && systemctl enable --now shouwang.service shouwang-backup.timer"
  exit 0
fi
if [ -n "$start" ] && systemd; then
  systemctl enable --quiet shouwang.service shouwang-backup.timer
  systemctl restart shouwang.service shouwang-backup.timer
  healthy || fail "服务没有在一分钟内应答；journalctl -u shouwang；退回旧版本：$0 --rollback"
  say "守望 $version 已在运行：http://127.0.0.1:8710/（配置好反向代理后再对外开放）"
else
  say "守望 $version 已装好${fresh:+（新配置在 $etc）}；未启动。"
fi
