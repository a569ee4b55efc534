#!/usr/bin/env bash
# Starts the demo in every way that `./run` promises to work in, each in a copy of this checkout, and ends it in every way.
# After each: no process left, no mode of a folder outside changed. Takes minutes, so it is run by hand:
#   tests/faults/try_start.sh [--fresh]     --fresh: each copy makes its own environment, as a new machine would
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
chmod 755 "$work"
fresh=${1:-}
failed=0

say() { printf '%s\n' "$*"; }
fail() { say "   FAILED: $*"; failed=$((failed + 1)); }
modes() { stat -c '%a %u %g %n' / /tmp /var /var/lib /var/tmp "$HOME" "$root" "$(dirname "$root")"; }

# The processes of one copy, by their folder; never anybody else's.
processes() {
  local entry
  for entry in /proc/[0-9]*; do
    [ "$(readlink "$entry/cwd" 2>/dev/null)" = "$1" ] && echo "${entry#/proc/}"
  done
  pgrep -f "$(printf '%s' "$1/.airtight/" | sed 's/[][\.*^$+?(){}|]/\\&/g')"
  [ -f "$1/.airtight/postgres/outside" ] && pgrep -f "$(cat "$1/.airtight/postgres/outside")"
}

copy_to() {
  mkdir -p "$1"
  tar -C "$root" --exclude=./.git --exclude=./.venv --exclude=./.airtight --exclude=./staticfiles -cf - . | tar -C "$1" -xf -
  [ "$fresh" ] || cp -a "$root/.venv" "$1/.venv"
}

# try NAME FOLDER SIGNAL PREFIX...   the prefix: env or setpriv, before ./run
try() {
  local name=$1 folder=$2 how=$3 before run began
  shift 3
  say "== $name, ended by SIG$how"
  before=$(modes)
  [ -d "$folder" ] || copy_to "$folder"
  case "$*" in *setpriv*) chown -R nobody: "$folder" ;; esac
  (cd "$folder" && exec "$@" ./run demo) >"$work/out" 2>&1 &
  run=$!
  began=$SECONDS
  until grep -q 'Ctrl-C ends it' "$work/out"; do
    if ! kill -0 $run 2>/dev/null || [ $((SECONDS - began)) -gt 300 ]; then
      fail "it did not start"
      tail -20 "$work/out"
      break
    fi
    sleep 0.2
  done
  say "   up in $((SECONDS - began)) s"
  kill -s "$how" $run 2>/dev/null
  began=$SECONDS
  while [ "$(processes "$folder")" ] && [ $((SECONDS - began)) -lt 30 ]; do sleep 0.2; done
  [ "$(processes "$folder")" ] && fail "processes left: $(processes "$folder" | xargs ps -o pid=,args= -p)"
  [ "$before" = "$(modes)" ] || fail "the modes of folders changed"
  wait $run 2>/dev/null
}

try "as we are" "$work/plain" INT env
try "again" "$work/plain" TERM env
try "again" "$work/plain" KILL env
try "after kill -9" "$work/plain" HUP env
try "the wheel's programs" "$work/wheel" INT env AIRTIGHT_PG_BIN=wheel
try "a long path" "$work/$(printf 'a%.0s' {1..80})/$(printf 'b%.0s' {1..60})" INT env
try "an odd path" "$work/a b %41 é" INT env
if [ "$(id -u)" = 0 ]; then
  try "root without namespaces" "$work/barred" INT env AIRTIGHT_NO_USERNS=1
  try "root without namespaces" "$work/barred" KILL env AIRTIGHT_NO_USERNS=1
  mkdir -m 700 "$work/closed"
  try "root without namespaces, a closed folder, the wheel" "$work/closed/it" INT env AIRTIGHT_NO_USERNS=1 AIRTIGHT_PG_BIN=wheel
  mkdir "$work/home" && chown nobody: "$work/home"
  try "an ordinary user" "$work/ordinary" INT \
    env HOME="$work/home" PATH=/usr/local/bin:/usr/bin:/bin setpriv --reuid=nobody --regid=nogroup --clear-groups
fi

for outside in $(find "$work" -path '*/.airtight/postgres/outside' -exec cat {} \; -exec echo \;); do rm -r "$outside"; done
rm -r "$work"
[ $failed = 0 ] && say "All as promised." || say "$failed failed."
exit $((failed > 0))
