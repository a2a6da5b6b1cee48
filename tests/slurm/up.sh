#!/usr/bin/env bash
# up.sh - start a private, loopback-only Slurm cluster on one machine,
# without systemd and without cgroups. Idempotent. Run as root, Debian 12.
#
#   SLURM_BASE       state dir                       (default /tmp/slurm-test-cluster)
#   SLURM_NODES      number of slurmd                (default 2)
#   SLURM_CPUS       CPUs each node claims           (default 2; may exceed the machine's)
#   SLURM_PORT_BASE  first of NODES+3 tcp ports      (default 16817)
#   SLURM_ACCT=1     also mariadbd + slurmdbd, for a real `sacct`  (default 0)
#
# Afterwards:  source $SLURM_BASE/env.sh
set -euo pipefail
BASE=${SLURM_BASE:-/tmp/slurm-test-cluster}
NODES=${SLURM_NODES:-2}
CPUS=${SLURM_CPUS:-2}
PORT=${SLURM_PORT_BASE:-16817}
ACCT=${SLURM_ACCT:-0}
HOST=$(hostname -s)
CTLD_PORT=$PORT DBD_PORT=$((PORT+1)) SQL_PORT=$((PORT+2)) D0=$((PORT+3))
DN=$((D0+NODES-1))
export PATH=$PATH:/usr/sbin:/sbin
export SLURM_CONF=$BASE/etc/slurm.conf
say() { printf 'slurm-up: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
[ "$(id -u)" = 0 ] || die "run as root"

# ---- 1. packages (only what is missing; services never start: policy-rc.d or no init) ----
need=()
for p in slurmctld slurmd slurm-client munge; do
  dpkg-query -W -f='${Status}' $p 2>/dev/null | grep -q 'ok installed' || need+=($p); done
if [ "$ACCT" = 1 ]; then for p in slurmdbd mariadb-server-core mariadb-client-core; do
  dpkg-query -W -f='${Status}' $p 2>/dev/null | grep -q 'ok installed' || need+=($p); done; fi
if [ ${#need[@]} -gt 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  say "apt: ${need[*]}"
  apt-get -o DPkg::Lock::Timeout=300 update -qq
  apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${need[@]}" >&2
fi

mkdir -p "$BASE"/{etc,run,log,state,spool}
chmod 755 "$BASE" "$BASE"/{etc,run,log,state,spool}
exec 9>"$BASE/run/up.lock"; flock 9

alive() { # alive PIDFILE NAME : the pid in the file lives, is no zombie (pid 1 here reaps late), is that program
  local p; p=$(cat "$1" 2>/dev/null) && [ -n "$p" ] && [ "$(cat /proc/$p/comm 2>/dev/null)" = "$2" ] &&
    ! grep -q '^State:.*Z' /proc/$p/status 2>/dev/null; }
wait_for() { # wait_for SECONDS WHAT CMD...
  local end=$((SECONDS+$1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || die "timeout: $what (logs: $BASE/log)"; sleep 0.1; done; }

# ---- 2. configuration ----
if [ "$ACCT" = 1 ]; then
  acct="AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePass=$BASE/run/munge.sock
AccountingStoragePort=$DBD_PORT
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobCompType=jobcomp/none"
else
  acct="AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc=$BASE/log/jobcomp.txt"
fi
nodes=""
for ((i=1;i<=NODES;i++)); do
  nodes+="NodeName=n$i NodeHostname=$HOST NodeAddr=127.0.0.1 Port=$((D0+i-1)) CPUs=$CPUS RealMemory=1024 State=UNKNOWN"$'\n'; done
cat >"$BASE/etc/slurm.conf" <<CONF
ClusterName=sweep
SlurmctldHost=$HOST(127.0.0.1)
SlurmctldPort=$CTLD_PORT
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# cred_expire also sets how long a requeued job waits before it may start again (default 120 s)
AuthInfo=socket=$BASE/run/munge.sock,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
# no systemd, no cgroups
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
PropagateResourceLimits=NONE
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
MailProg=/bin/true
StateSaveLocation=$BASE/state
SlurmdSpoolDir=$BASE/spool/%n
SlurmctldPidFile=$BASE/run/slurmctld.pid
SlurmdPidFile=$BASE/run/slurmd-%n.pid
SlurmctldLogFile=$BASE/log/slurmctld.log
SlurmdLogFile=$BASE/log/slurmd-%n.log
SlurmctldDebug=info
SlurmdDebug=info
# short times, for tests
SlurmdTimeout=10
InactiveLimit=0
KillWait=2
MinJobAge=3600
MaxArraySize=10001
MaxJobCount=20000
JobRequeue=1
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=5,batch_sched_delay=0,sched_min_interval=0
$acct
${nodes}PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' >"$BASE/etc/cgroup.conf"
cat >"$BASE/env.sh" <<ENV
export SLURM_CONF=$BASE/etc/slurm.conf
export SLURM_TIME_FORMAT='%Y-%m-%dT%H:%M:%S'
ENV

# ---- 3. munge: own key, own socket ----
if [ ! -s "$BASE/etc/munge.key" ]; then
  (umask 077; dd if=/dev/urandom of="$BASE/etc/munge.key" bs=128 count=1 status=none); fi
if ! alive "$BASE/run/munged.pid" munged; then
  say "munged"
  munged --key-file="$BASE/etc/munge.key" --socket="$BASE/run/munge.sock" \
    --pid-file="$BASE/run/munged.pid" --log-file="$BASE/log/munged.log" \
    --seed-file="$BASE/run/munged.seed" --num-threads=2 9>&-
fi
wait_for 10 munged sh -c "munge -n -S '$BASE/run/munge.sock' | unmunge -S '$BASE/run/munge.sock'"

# ---- 4. accounting (optional) ----
if [ "$ACCT" = 1 ]; then
  if [ ! -d "$BASE/sql/mysql" ]; then
    say "mariadb-install-db"
    mariadb-install-db --no-defaults --user=root --datadir="$BASE/sql" --skip-test-db \
      --auth-root-authentication-method=normal >"$BASE/log/mariadb-install.log" 2>&1
  fi
  if ! alive "$BASE/run/mariadbd.pid" mariadbd; then
    say "mariadbd"
    setsid mariadbd --no-defaults --user=root --datadir="$BASE/sql" --socket="$BASE/run/sql.sock" \
      --pid-file="$BASE/run/mariadbd.pid" --bind-address=127.0.0.1 --port=$SQL_PORT --skip-name-resolve \
      --innodb-buffer-pool-size=64M --innodb-log-file-size=48M --innodb-lock-wait-timeout=900 \
      --log-error="$BASE/log/mariadbd.log" </dev/null >/dev/null 2>&1 9>&- &
  fi
  wait_for 30 mariadbd mariadb --no-defaults -uroot -S "$BASE/run/sql.sock" -e "select 1"
  mariadb --no-defaults -uroot -S "$BASE/run/sql.sock" -e "
    CREATE DATABASE IF NOT EXISTS slurm_acct;
    CREATE USER IF NOT EXISTS 'slurm'@'127.0.0.1' IDENTIFIED BY 'slurm';
    GRANT ALL ON slurm_acct.* TO 'slurm'@'127.0.0.1';"
  (umask 077; cat >"$BASE/etc/slurmdbd.conf" <<CONF
AuthType=auth/munge
AuthInfo=socket=$BASE/run/munge.sock
CommunicationParameters=NoInAddrAny
DbdHost=$HOST
DbdAddr=127.0.0.1
DbdPort=$DBD_PORT
SlurmUser=root
PidFile=$BASE/run/slurmdbd.pid
LogFile=$BASE/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$SQL_PORT
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct
CONF
  )
  if ! alive "$BASE/run/slurmdbd.pid" slurmdbd; then say "slurmdbd"; slurmdbd 9>&-; fi
  wait_for 30 slurmdbd sacctmgr -n -Q show cluster
fi

# ---- 5. slurmctld, slurmd ----
if ! alive "$BASE/run/slurmctld.pid" slurmctld; then
  say "slurmctld"; (cd "$BASE/log" && slurmctld -f "$SLURM_CONF" 9>&-); fi
wait_for 20 slurmctld sh -c 'scontrol ping | grep -q "is UP"'
for ((i=1;i<=NODES;i++)); do
  if ! alive "$BASE/run/slurmd-n$i.pid" slurmd; then
    say "slurmd n$i"; mkdir -p "$BASE/spool/n$i"; (cd "$BASE/log" && slurmd -N n$i -f "$SLURM_CONF" 9>&-); fi
done
ready() { [ "$(sinfo -h -N -o '%N %t' -p main | grep -cE ' (idle|mix|alloc)$')" = "$NODES" ]; }
wait_for 30 "nodes idle" ready
sinfo -N -o '%N %t %c %m' >&2
say "up: source $BASE/env.sh"
