#!/usr/bin/env bash
# A corpus on a real Slurm on this one machine: four parts as an array, one task killed, the missing one sent again from
# `corpus status`, merged, and equal to the corpus of a single process byte by byte.
#
#   tests/slurm/run.sh [PROGRAM]        PROGRAM: the built kinecho, by default target/debug/kinecho
#
# Needs root on Debian, where it installs Slurm and MUNGE when they are missing; elsewhere it says that it skips. The daemons
# are its own (ports, sockets and keys in a folder of their own) and end with it. Never run by `cargo test`.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
program=$(realpath "${1:-$root/target/debug/kinecho}")

skip() { echo "slurm test skipped: $*"; exit 0; }
[ "$(uname -s)" = Linux ] || skip "not Linux"
[ "$(id -u)" = 0 ] || skip "not root"
[ -e /etc/debian_version ] || skip "not Debian"
[ -x "$program" ] || { echo "slurm test: $program is not there; build it first" >&2; exit 1; }
if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  # No service is started by the packages: the test has its own.
  policy=/usr/sbin/policy-rc.d
  made_policy=; [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod +x $policy; made_policy=1; }
  installed=; { timeout 120 apt-get update -qq && timeout 180 apt-get install -y -qq --no-install-recommends slurm-wlm munge; } >/dev/null 2>&1 && installed=1
  [ -z "$made_policy" ] || rm -f $policy
  [ -n "$installed" ] || skip "slurm-wlm and munge cannot be installed"
fi

# MUNGE wants a socket and a key that only root can reach; /tmp is everybody's.
work=$(mktemp -d /run/kinecho-slurm.XXXXXX)
chmod 755 "$work"
daemons=()
cleanup() {
  status=$?
  trap - EXIT
  [ ! -e "$work/ready" ] || timeout 10 scancel --user=root --signal=KILL --full --quiet >/dev/null 2>&1 || true
  for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${daemons[@]}"; do
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  done
  if [ "$status" != 0 ]; then
    echo "slurm test failed; the last of the logs:" >&2
    tail -n 15 "$work"/*.log >&2 || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# Waits until a command succeeds: SECONDS WHAT COMMAND…
wait_for() {
  local end=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { echo "slurm test: $what did not happen" >&2; return 1; }
    sleep 0.1
  done
}

mkdir -p "$work"/{state,spool,munge}
chmod 700 "$work/munge"
dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 status=none
chmod 400 "$work/munge/key"
munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge.socket" --pid-file="$work/munged.pid" \
  --log-file="$work/munged.log" --seed-file="$work/munge/seed" --num-threads=2 >"$work/munged.out.log" 2>&1 &
daemons+=($!)
wait_for 20 "munge" munge --socket="$work/munge.socket" --no-input

# Two free ports: whatever is bound now will be refused.
free_port() { for _ in $(seq 100); do p=$((20000 + RANDOM % 20000)); (: </dev/tcp/127.0.0.1/$p) 2>/dev/null || { echo $p; return; }; done; }
host=$(hostname -s)
cat >"$work/slurm.conf" <<CONF
ClusterName=kinecho
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
JobRequeue=0
KillWait=2
MinJobAge=300
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$work/slurm.conf
slurmctld -D -c -f "$SLURM_CONF" >"$work/slurmctld.out.log" 2>&1 &
daemons+=($!)
slurmd -D -c -N "$host" -f "$SLURM_CONF" >"$work/slurmd.out.log" 2>&1 &
daemons+=($!)
wait_for 40 "an idle node" sh -c 'sinfo -h -o %t | grep -qx idle'
touch "$work/ready"
echo "slurm $(sinfo --version | cut -d' ' -f2) is up with $(nproc) CPUs"

cat >"$work/recipe.yaml" <<'RECIPE'
version: 1
name: slurm test
seed: 5
activities: [squat, kick, wave_hand, bow, jump, punch]
subjects: 8
repetitions: 2
samples_per_shard: 2
scene:
  radar:
    preset: awr1843
    with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6}
  people: [{range_m: [1.2, 1.8]}]
  duration_s: 0.5
simulation: {integral_tolerance: 0.2}
output:
  heatmaps: {window: 8, hop: 2, rows: 16, columns: 16, angle_fft: 16}
RECIPE
cd "$work"
"$program" corpus build recipe.yaml -o single -q
export KINECHO=$program RECIPE=$work/recipe.yaml CORPUS=$work/corpus
send() {
  sbatch --parsable --export=ALL --cpus-per-task=1 --time=10 --output="$work/task-%a.log" --array="$1" \
    "$root/examples/cluster/slurm_array.sbatch"
}
nobody_left() { [ -z "$(squeue -h)" ]; }

job=$(send 0-3)
echo "array $job sent: 4 parts"
# Part 2 is killed when it has finished a shard and is in the middle of another one.
halfway() { [ -s corpus/parts/2-of-4.jsonl ] && ls corpus/shards/*.part && ! [ "$(grep -c . corpus/parts/2-of-4.jsonl)" -ge 12 ]; }
halfway_or_over() { halfway || nobody_left; }
wait_for 120 "part 2 at work" halfway_or_over
halfway >/dev/null || { echo "slurm test: the array ended before part 2 could be killed" >&2; exit 1; }
scancel --signal=KILL --full "${job}_2"
wait_for 120 "the end of the array" nobody_left
missing=$("$program" corpus status corpus --missing)
"$program" corpus status corpus || [ $? = 3 ]
[ "$missing" = 2 ] || { echo "slurm test: missing parts '$missing', 2 expected" >&2; exit 1; }
code=0; "$program" corpus merge corpus || code=$?
[ "$code" = 3 ] || { echo "slurm test: merging without part 2 ended with $code, 3 expected" >&2; exit 1; }

job=$(send "$missing")
echo "array $job sent again: part $missing"
wait_for 120 "the end of the second array" nobody_left
"$program" corpus merge corpus
"$program" corpus verify corpus
diff -r single corpus
echo "slurm test passed: four parts, one killed and sent again, are the corpus of one process byte by byte"
