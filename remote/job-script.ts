import { type Shell, shell } from './shell.ts';

export const jobFolder = '/run/rackwright/jobs';

/** The unit of a job, for who wants to stop it: `systemctl stop`. */
export function jobUnit(name: string): string {
  return `rw-${name}`;
}

export interface Attachment {
  readonly name: string;
  readonly deadlineSeconds: number;
  /** Byte of the log to go on from. */
  readonly offset: number;
  /** Marks our lines and this call: hexadecimal. */
  readonly id: string;
  readonly scriptBytes: number;
}

/** Sent from before the offset, for the tail of the result. */
export const tailBytes = 4096;

/** What may be in a log; beyond it the job is stopped (docs/security.md, rule 11). */
export const maxLogBytes = 64 * 1024 * 1024;

/**
 * Starts the job if it is absent, follows its log, reports its end: one command, one channel, so that a machine that
 * is slow to open channels pays once. The job's script comes by standard input. Speaks the lines of `job-stream.ts`.
 */
export function attachCommand(attachment: Attachment): Shell {
  const { name, deadlineSeconds, offset, id, scriptBytes } = attachment;
  return shell`exec sh -c ${attachScript.text} rackwright-job ${name} ${deadlineSeconds} ${offset} ${id} ${scriptBytes} ${maxLogBytes} ${tailBytes} ${unitScript.text}`;
}

/**
 * What the unit runs, before (`start`) and after (`end`) the script. Creating a symbolic link is atomic and carries a
 * value: the one invocation that makes `ran` runs the script. The result is written by ExecStopPost, which also runs
 * after a deadline, a signal and an out-of-memory kill; a collected unit itself says "success" of everything.
 */
const unitScript = shell`
job=$2
case $1 in
start)
  read -r up rest < /proc/uptime
  ln -sn "$INVOCATION_ID \${up%.*} $3" "$job/ran" 2>/dev/null || exit 75
  exec sh "$job/script" < /dev/null >> "$job/log" 2>&1
  ;;
end)
  case $(readlink "$job/ran") in "$INVOCATION_ID "*) ;; *) exit 0 ;; esac
  echo "$SERVICE_RESULT $EXIT_CODE $EXIT_STATUS" > "$job/status.new"
  mv "$job/status.new" "$job/status"
  ;;
esac
`;

const attachScript = shell`
set -u
umask 077
name=$1 deadline=$2 offset=$3 id=$4 length=$5 limit=$6 tail=$7
jobs=/run/rackwright/jobs
job=$jobs/$name
unit=rw-$name
refuse() { printf '%s refused %s\\n' "$id" "$(printf %s "$*" | tr '\\n' ' ')"; exit 0; }

# The folder appears complete, by one rename: a caller that dies on the way leaves a draft that nobody looks at.
if [ ! -d "$job" ]; then
  draft=$jobs/.$name.$id
  mkdir -p "$draft" || refuse "no folder for jobs"
  { echo 'set -eu'; cat; } > "$draft/script"
  if [ "$(wc -c < "$draft/script")" -ne $((length + 8)) ]; then
    rm -rf "$draft"
    refuse "the script did not arrive whole"
  fi
  printf %s "$8" > "$draft/unit" && : > "$draft/log" || refuse "no room for the job"
  mv -T "$draft" "$job" 2>/dev/null || rm -rf "$draft"
fi

# Somebody may have published the folder and died, or may be starting the unit right now: trying again is harmless.
tries=0
until [ -h "$job/ran" ]; do
  if said=$(systemd-run --quiet --collect --no-ask-password --unit="$unit" --setenv=HOME=/root \
    -p RuntimeMaxSec="$deadline" -p TimeoutStopSec=10 -p ExecStopPost="/bin/sh $job/unit end $job" \
    /bin/sh "$job/unit" start "$job" "$id" 2>&1)
  then
    waits=0
    until [ -h "$job/ran" ] || [ $waits -ge 100 ]; do sleep 0.1; waits=$((waits + 1)); done
  else
    [ $tries -lt 10 ] || [ -h "$job/ran" ] || refuse "$said"
    sleep 0.3
  fi
  tries=$((tries + 1))
done
set -- $(readlink "$job/ran")
began=$2
starter=$3

# An offset beyond the end belongs to the log of an earlier boot.
size=$(stat -c %s "$job/log")
if [ "$starter" = "$id" ]; then who=new offset=0; else who=old; fi
[ "$offset" -le "$size" ] || offset=0
wanted=$offset
offset=$((wanted > tail ? wanted - tail : 0))
printf '%s attached %s %s %s\\n' "$id" "$who" "$offset" "$wanted"

rounds=0
while :; do
  # First whether it ended, then how long the log is: all of the log is sent before the end is.
  ended=
  [ ! -f "$job/status" ] || ended=1
  size=$(stat -c %s "$job/log")
  nap=1
  [ $rounds -ge 10 ] || nap=0.2
  while [ "$offset" -lt "$size" ]; do
    count=$((size - offset))
    [ $count -le 262144 ] || count=262144
    printf 'log %s\\n' $count
    tail -c "+$((offset + 1))" "$job/log" | head -c $count
    offset=$((offset + count))
    nap=0.4
    echo alive
  done
  if [ "$size" -gt "$limit" ]; then
    systemctl stop --no-block "$unit"
    echo flood
    exit 0
  fi
  if [ -n "$ended" ]; then
    read -r result code status < "$job/status"
    echo "end $result $code $status"
    exit 0
  fi
  echo alive
  # systemd keeps the deadline; this is for the case that it cannot kill the job (a disk that never answers).
  read -r up rest < /proc/uptime
  if [ "\${up%.*}" -ge $((began + deadline + 60)) ]; then
    echo overdue
    exit 0
  fi
  rounds=$((rounds + 1))
  if [ $((rounds % 15)) -eq 0 ]; then
    state=$(systemctl is-active "$unit")
    case $state in
    inactive | failed)
      if [ ! -f "$job/status" ]; then
        echo lost
        exit 0
      fi
      ;;
    esac
  fi
  sleep $nap
done
`;
