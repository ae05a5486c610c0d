import { type Shell, shell } from '../../remote/index.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { LOGIN_USER } from '../parts/login-user.ts';
import { KEY, STATE } from './places.ts';

export const HELPER = '/usr/local/lib/rackwright-sunbeam';
/** Snaps see files of a home that are not hidden, and nothing of root's. */
export const MANIFEST = 'rackwright-manifest.yaml';

/**
 * For bash, and run by a person's login: Sunbeam refuses root, and a snap wants a session. Its log goes to a file of its
 * own, of which the names of steps are shown: `--verbose` would tell the token. One command at a time; a link that breaks
 * leaves it at work, and the next one is told so by status 75.
 */
export const helperText = `# Written by Rackwright: commands of Sunbeam, without questions.
set -eu -o pipefail
export PATH="$PATH:/snap/bin" COLUMNS=1000 TERM=dumb
manifest=$HOME/${MANIFEST}
token=$HOME/.rackwright-sunbeam-token
logs=$HOME/snap/openstack/common/logs

mark() {
  sudo mkdir -p ${STATE}
  sudo touch "${STATE}/$1"
}
# Not hidden: a snap would lose the file that it inherits, and the lock with it.
alone() {
  exec 9>"$HOME/rackwright-sunbeam.lock"
  flock -n 9 || { echo 'a command of Sunbeam is still at work here'; exit 75; }
}
# What a command that was cut off holds. Nobody else is at work: every command comes from the first machine.
unlock() {
  sunbeam plans list --format yaml </dev/null 2>/dev/null | sed -n 's/^\\([a-z0-9-]*\\): locked$/\\1/p' >"$HOME/.rackwright-sunbeam-plans" || :
  while read -r plan; do
    echo "unlocking $plan, of a run that was cut off"
    sunbeam plans unlock --force "$plan" </dev/null
  done <"$HOME/.rackwright-sunbeam-plans"
  rm -f "$HOME/.rackwright-sunbeam-plans"
}
written() { find "$logs" -name 'sunbeam-*.log' 2>/dev/null | sort || :; }
steps() { sed -n "s/.* DEBUG Running step ['\\"]\\(.*\\)['\\"]$/step: \\1/p" "$1"; }
watch() {
  local before said pid alive log seen=0 status=0
  before=$(written) said=$(mktemp)
  "$@" </dev/null >"$said" 2>&1 &
  pid=$!
  while :; do
    alive=1
    kill -0 "$pid" 2>/dev/null || alive=
    # The file that came, by its name: it can be as old as our own, to the tick of the clock.
    log=$(comm -13 <(echo "$before") <(written) | head -n 1) || :
    if [ -n "$log" ]; then
      steps "$log" | tail -n +$((seen + 1))
      seen=$(steps "$log" | wc -l)
    fi
    [ -n "$alive" ] || break
    sleep 1
  done
  wait "$pid" || status=$?
  said_=$(sed 's/\\x1b\\[[0-9;?]*[a-zA-Z]//g' "$said" | tr -d '\\r\\000' | grep -v '^ *$' | tail -n 30) || :
  # Without a process: its arguments would show it.
  [ ! -s "$token" ] || said_=\${said_//"$(<"$token")"/(token)}
  printf '%s\\n' "$said_"
  rm -f "$said"
  return "$status"
}

case $1 in
fqdn)
  name=$(hostname)
  case $name in *.*) ;; *) name=$(getent ahosts "$name" | awk 'NR == 1 { print $3 }') ;; esac
  echo "$name"
  ;;
prepare)
  alone
  script=$(mktemp)
  trap 'rm -f "$script"' EXIT
  # shellcheck disable=SC2086 # None, or --bootstrap.
  sunbeam prepare-node-script \${2:-} </dev/null >"$script"
  bash -x "$script" </dev/null
  # It does not stop when a command of it fails.
  id -nG "$USER" | grep -qw snap_daemon || { echo "$USER is not in the group snap_daemon"; exit 1; }
  snap list juju >/dev/null
  if [ -n "\${2:-}" ]; then juju show-controller localhost-localhost >/dev/null </dev/null; fi
  mark prepared
  ;;
bootstrap)
  alone
  mark begun
  unlock
  watch sunbeam cluster bootstrap --accept-defaults --manifest "$manifest" --role "$2"
  ;;
configure)
  alone
  unlock
  # Without a file it would show the password.
  watch sunbeam configure --accept-defaults --manifest "$manifest" --openrc "$HOME/rackwright-demo-openrc"
  ;;
token)
  said=$(sunbeam cluster add "$2" --format value </dev/null)
  # A member of the cloud has none.
  grep -E '^[A-Za-z0-9+/_=-]{40,}$' <<<"$said" || :
  ;;
take)
  umask 077
  cat >"$token.new"
  if [ -s "$token.new" ]; then mv "$token.new" "$token"; else rm "$token.new"; fi
  [ -s "$token" ] || { echo 'the first machine gave no token, and none is left of a run before'; exit 1; }
  ;;
join)
  alone
  mark begun
  unlock
  # With the token on its standard input it opens the terminal, which a job has not.
  watch script -q -e -c "cat '$token' | sunbeam cluster join --accept-defaults --role $2 -" /dev/null
  mark joined
  rm -f "$token"
  ;;
resize)
  alone
  unlock
  watch sunbeam cluster resize
  ;;
list)
  sunbeam cluster list --format yaml </dev/null
  ;;
run)
  program=$(mktemp)
  trap 'rm -f "$program"' EXIT
  cat >"$program"
  bash "$program" </dev/null
  ;;
esac
`;

export const writeHelper: LayerStep = {
  name: 'write the helper',
  does: `Write ${HELPER}: how Sunbeam is run without anybody before it.`,
  done: hasText(HELPER, helperText),
  script: putText(HELPER, helperText),
  deadlineMs: 60_000,
};

/**
 * Commands that follow have `on ADDRESS WORDS`, `feed ADDRESS WORDS` which has a standard input, and `full_name ADDRESS`.
 * A link that breaks may pass.
 */
export const onMachines: Shell = shell`feed() {
  address=$1
  shift
  ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=8 -i ${KEY} ${`${LOGIN_USER}@`}"$address" "$@" || {
    code=$?
    [ "$code" -ne 255 ] || code=75
    return "$code"
  }
}
on() { feed "$@" </dev/null; }
full_name() {
  said=$(on "$1" bash ${HELPER} fqdn)
  case $said in *[!a-z0-9.-]* | '') echo "$1 calls itself $said, which is no name of a machine" >&2; return 1 ;; esac
  echo "$said"
}`;

/** On one of the machines, as its user: `helper('10.0.0.1', 'bootstrap', 'control')`. */
export function helper(address: string, ...words: readonly string[]): Shell {
  return shell`on ${[address, 'bash', HELPER, ...words]}`;
}
