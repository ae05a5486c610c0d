import { type Shell, shell } from '../remote/index.ts';
import { TARGET } from './paths.ts';

/** After a stop: what an installation mounted is let go, the last one first. Nothing, where nothing was mounted. */
export function unmountTarget(): Shell {
  return shell`while :; do
  last=
  while read -r _ _ _ _ point _; do
    case $point in ${TARGET} | ${TARGET}/*) last=$point ;; esac
  done </proc/self/mountinfo
  [ -n "$last" ] || break
  umount "$last" || umount --lazy "$last" || break
done`;
}
