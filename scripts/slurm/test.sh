#!/bin/bash
# Runs prove.sbatch on a one-node Slurm cluster on the loopback, kills a task on
# the way, submits it again, joins the parts and verifies the bundle.
#
#   sudo scripts/slurm/test.sh RESPONDER JUDGE CORPUS COMMITMENT REQUEST
#
# Needs Debian's packages slurm-wlm and munge, and root to start their daemons.
# COMMITMENT is the folder that commit-corpus wrote. Leaves nothing running.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
responder=$(realpath "$1") judge=$(realpath "$2")
CORPUS=$(realpath "$3") COMMITMENT=$(realpath "$4") REQUEST=$(realpath "$5")
export RESPONDER=$responder CORPUS COMMITMENT REQUEST
work=$(mktemp -d)
chmod 755 "$work"
options=(--batch 30)
export SHARDS=4 PARTS=$work/parts CANDOR_OPTIONS="${options[*]}"

host=$(hostname -s)
cat > "$work/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$work/slurm.conf
mkdir -p "$work/state" "$work/spool" /run/munge
chown munge: /run/munge
[ -e /etc/munge/munge.key ] || mungekey --create
munge_was_running=$(pgrep munged || true)
[ -n "$munge_was_running" ] || runuser -u munge -- munged

stop() {
  [ ! -e "$work/slurmd.pid" ] || kill "$(cat "$work/slurmd.pid")" || true
  [ ! -e "$work/slurmctld.pid" ] || kill "$(cat "$work/slurmctld.pid")" || true
  [ -n "$munge_was_running" ] || pkill munged || true
}
trap stop EXIT
slurmctld
slurmd
for _ in $(seq 60); do
  [ "$(sinfo -h -o %t)" = idle ] && break
  sleep 1
done
sinfo

cd "$work"
job=$(sbatch --parsable --array=1-$SHARDS "$here/prove.sbatch")
# The second task dies by the hand of the operator.
until [ -e "$PARTS/2.partial" ] || [ -e "$PARTS/2" ]; do sleep 0.2; done
scancel --signal=KILL --full "${job}_2" || true
wait_for() { while [ -n "$(squeue -h -j "$1" 2>/dev/null)" ]; do sleep 1; done; }
wait_for "$job"
ls "$PARTS"
if [ ! -e "$PARTS/2" ]; then
  echo "shard 2 was killed; joining must fail and name it"
  if "$responder" assemble --corpus "$CORPUS" --commitment "$COMMITMENT" --request "$REQUEST" \
    "${options[@]}" --out "$work/bundle" "$PARTS"/[0-9]; then
    echo "joined without shard 2" >&2
    exit 1
  fi
  wait_for "$(sbatch --parsable --array=2 "$here/prove.sbatch")"
fi
"$responder" assemble --corpus "$CORPUS" --commitment "$COMMITMENT" --request "$REQUEST" \
  "${options[@]}" --out "$work/bundle" "$PARTS"/*
code=0
"$judge" verify-bundle --commitment "$COMMITMENT" --request "$REQUEST" \
  --bundle "$work/bundle" || code=$?
# Verified, or verified but incomplete: the sample corpus has a file that is no image.
[ "$code" = 0 ] || [ "$code" = 3 ]
echo "passed; the artefacts are in $work"
