#!/usr/bin/env bash
# down.sh [--wipe] - stop the cluster up.sh started at $SLURM_BASE. Idempotent.
# Ends only processes this cluster started: pids from its pid files, each checked by name and by
# this cluster's path among its arguments, environment or open files. --wipe also removes $SLURM_BASE.
set -uo pipefail
BASE=${SLURM_BASE:-/tmp/slurm-test-cluster}
export PATH=$PATH:/usr/sbin:/sbin SLURM_CONF=$BASE/etc/slurm.conf
say() { printf 'slurm-down: %s\n' "$*" >&2; }
ours() { # ours PID NAME : slurmstepd overwrites argv and environ, so its open files tell instead
  [ "$(cat /proc/$1/comm 2>/dev/null)" = "$2" ] &&
    { tr '\0' ' ' </proc/$1/cmdline; tr '\0' '\n' </proc/$1/environ; readlink /proc/$1/fd/* /proc/$1/cwd; } 2>/dev/null |
      grep -aF "$BASE/" >/dev/null; }
gone() { [ ! -d /proc/$1 ] || grep -q '^State:.*Z' /proc/$1/status 2>/dev/null; }
stop() { # stop PIDFILE NAME SECONDS
  local p; p=$(cat "$1" 2>/dev/null) || return 0
  if [ -n "$p" ] && ours "$p" "$2"; then
    say "$2 ($p)"; kill -TERM "$p" 2>/dev/null
    for ((k=0; k<$3*20; k++)); do gone "$p" && break; sleep 0.05; done
    if ! gone "$p"; then say "$2 ($p): SIGKILL"; kill -KILL "$p" 2>/dev/null; fi
  fi
  rm -f "$1"; }
stepds() { local d; for d in /proc/[0-9]*; do ours "${d#/proc/}" slurmstepd && echo "${d#/proc/}"; done; }
[ -d "$BASE" ] || exit 0

# 1. jobs: cancel, and give their steps a moment (slurmstepd outlives slurmd)
if [ -s "$BASE/run/slurmctld.pid" ] && ours "$(cat "$BASE/run/slurmctld.pid")" slurmctld; then
  ids=$(timeout 5 squeue -h -o %A 2>/dev/null | sort -u)
  if [ -n "$ids" ]; then timeout 10 scancel -Q $ids; fi
  for ((k=0; k<100; k++)); do [ -z "$(stepds)" ] && break; sleep 0.1; done
fi
# 2. daemons, in reverse order
for f in "$BASE"/run/slurmd-*.pid; do [ -e "$f" ] && stop "$f" slurmd 10; done
for p in $(stepds); do say "left-over slurmstepd ($p)"
  for c in $(cat /proc/$p/task/*/children 2>/dev/null); do kill -KILL "$c" 2>/dev/null; done
  kill -KILL "$p" 2>/dev/null; done
stop "$BASE/run/slurmctld.pid" slurmctld 20
stop "$BASE/run/slurmdbd.pid"  slurmdbd 10
stop "$BASE/run/mariadbd.pid"  mariadbd 30
stop "$BASE/run/munged.pid"    munged 5
[ "${1:-}" = --wipe ] && rm -rf -- "$BASE"
say down
