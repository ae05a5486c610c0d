import { lines, type Shell, shell } from '../../remote/index.ts';
import { eraseStatus } from '../exit-status.ts';
import { readBack } from '../read-back.ts';

/** How far it is stands in the open file's position (proc(5), fdinfo): no process is asked, none is disturbed. */
export function overwrite(): Shell {
  return lines(
    shell`direct=oflag=direct
dd if=/dev/zero of="$disk" bs=4096 count=1 "$direct" conv=notrunc status=none 2>/dev/null || direct=oflag=sync
mkdir -p -m 0700 /run/rackwright
said=/run/rackwright/erase-$name
dd if=/dev/zero of="$disk" bs=4M count="$size" iflag=count_bytes "$direct" conv=notrunc,fsync status=none 2>"$said" &
writer=$!
trap 'kill $writer 2>/dev/null || :' EXIT
watch() {
  while sleep 10 >/dev/null 2>&1; do
    read -r _ position <"/proc/$writer/fdinfo/1" || return 0
    say "$((position * 100 / size)) %, $((position / 1000000)) MB of $((size / 1000000))"
  done 2>/dev/null
}
watch &
watcher=$!
status=0
wait $writer || status=$?
trap - EXIT
kill $watcher 2>/dev/null || :
wait $watcher 2>/dev/null || :
words=$(cat "$said")
rm -f "$said"
[ $status -eq 0 ] || fail ${eraseStatus.notErased} "$words"`,
    readBack('zero'),
  );
}

/** The disk's own command; the kernel writes the zeroes where it refuses. */
export function writeZeroes(): Shell {
  return lines(
    forgetSignatures(),
    shell`blkdiscard -z "$disk" || fail ${eraseStatus.notErased} "$name does not zero its blocks"`,
    readBack('zero'),
  );
}

export function discard(): Shell {
  return lines(
    forgetSignatures(),
    shell`blkdiscard "$disk" || fail ${eraseStatus.notErased} "$name does not discard its blocks"`,
    readBack('zero'),
  );
}

/** blkdiscard(8) balks at what it recognises; `-f` would also let it loose on a disk in use. */
function forgetSignatures(): Shell {
  return shell`wipefs -a -q "$disk" || fail ${eraseStatus.notErased} "$name is in use"`;
}
