import { type Shell, shell } from '../remote/index.ts';

/** What every script starts with. `since`: whole seconds of uptime, which no clock that is set meanwhile can falsify. */
export function prelude(): Shell {
  return shell`set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
say() { printf '%s\n' "$*"; }
fail() { status=$1; shift; say "$*"; exit "$status"; }
read -r since _ </proc/uptime
since=\${since%%.*}
`;
}
