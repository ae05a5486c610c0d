import { CodedError, type PlannedDiskImage } from '../../model/index.ts';
import { knowUse, matchDisk, refuseUsed } from '../../disks/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { INTENT_FILE, STATE } from '../paths.ts';
import { formatBytes } from '../plan/format-bytes.ts';
import { diskWords } from '../plan/storage/describe-storage.ts';
import { knowDevices } from './devices.ts';
import type { DiskPlan } from './disk-image.ts';
import { script } from './prelude.ts';

export function writeDiskImage(plan: DiskPlan, { source, intentId }: InstallContext): InstallStep {
  const { image, storage } = plan;
  const [disk] = storage.disks;
  if (!disk || source.kind !== 'fetch')
    throw new CodedError('INTERNAL', 'A whole-disk image is fetched, to the one disk of its plan.');
  return {
    name: 'write disk image',
    does: `Fetch ${image.name} (${formatBytes(image.disk.size)}, ${formatBytes(image.raw.size)} unpacked) and write it to ${diskWords(disk)}. What is on it is lost.`,
    script: script(
      shell`intent=
[ ! -f ${INTENT_FILE} ] || read -r intent <${INTENT_FILE}
[ "$intent" != ${intentId} ] || fail ${exitStatus.intentUsed} 'this permission to write to the disk was used before'`,
      knowDevices(plan),
      shell`found_before=$name`,
      matchDisk(disk),
      shell`[ "$name" = "$found_before" ] || fail ${exitStatus.diskChanged} "the disk was $found_before and is $name now"`,
      knowUse(),
      refuseUsed(),
      shell`printf '%s\n' ${intentId} >${INTENT_FILE}`,
      streamToDisk(image, source.url),
    ),
    // 20 MB/s, twice: a transfer may be cut and begun again.
    deadlineMs: Math.ceil(30 * 60_000 + 2 * (image.raw.size / 20e6) * 1000),
    destructive: true,
  };
}

/**
 * To `$disk` (`$name`). Zeroes of the image are written like everything else: whatever was there must not show through. What comes is
 * hashed on its way; a disk that got something else loses its head again, so that it can never be started.
 * A transfer that was cut begins again from the start, for a hash cannot be gone on with.
 */
export function streamToDisk(
  { disk: packed, raw }: Pick<PlannedDiskImage, 'disk' | 'raw'>,
  url: string,
): Shell {
  return lines(
    shell`command -v zstd >/dev/null || fail 1 'the memory image has no zstd, which unpacks disk images'
work=${`${STATE}/disk-image`} size=${raw.size} wanted=${raw.sha256}
rm -rf "$work"
mkdir -m 0700 "$work"
set --
for entry in "/sys/class/block/$name/$name"*; do
  [ ! -r "$entry/partition" ] || set -- "$@" "/dev/\${entry##*/}"
done
wipefs -a -q "$@" "$disk" || fail ${exitStatus.diskBusy} "$name is in use"
direct=oflag=direct
dd if=/dev/zero of="$disk" bs=4096 count=1 "$direct" conv=notrunc status=none 2>/dev/null || direct=oflag=sync
`,
    pour(packed.size, url),
    shell`tries=0
while :; do
  tries=$((tries + 1))
  pour
  read -r fetched <"$work/curl"
  read -r sum _ <"$work/sum"
  [ "$sum" != "$wanted" ] || [ $written -ne 0 ] || break
  behead
  [ $written -eq 0 ] || fail 1 "writing to $name failed: $(cat "$work/dd")"
  case $fetched in
  # Whole; or longer than it may be (63), or than what unpacks it would take (23).
  0 | 63 | 23) fail ${exitStatus.imageHash} "what was written does not have SHA-256 $wanted: $name is made unbootable" ;;
  # The server answered, with a refusal.
  22) fail 1 'the image could not be fetched: the server refuses it' ;;
  esac
  [ $tries -lt 5 ] || fail 1 "the image could not be fetched whole, curl ended with status $fetched"
  say "the transfer was cut (curl: $fetched): once more from the start"
  sleep $((tries * 2))
done
rm -rf "$work"
say "100 % of $((size / 1000000)) MB, SHA-256 as it should be"`,
  );
}

/** `pour`: one try. Sets `$written`; what else became of it is in the files. `behead`: nothing starts from it any more. */
function pour(packedSize: number, url: string): Shell {
  return shell`behead() {
  dd if=/dev/zero of="$disk" bs=1M count=10 conv=notrunc,fsync status=none || :
  wipefs -a -q "$disk" || :
}
watch() {
  while sleep 5 >/dev/null 2>&1; do
    read -r _ position <"/proc/$writer/fdinfo/1" || return 0
    say "$((position * 100 / size)) %, $((position / 1000000)) MB of $((size / 1000000))"
  done 2>/dev/null
}
pour() {
  rm -f "$work/fifo"
  mkfifo "$work/fifo"
  sha256sum <"$work/fifo" >"$work/sum" &
  hasher=$!
  {
    status=0
    curl -fsS --proto =http,https --max-filesize ${packedSize} --connect-timeout 10 --speed-limit 1024 --speed-time 60 \
      --url ${url} || status=$?
    echo $status >"$work/curl"
  } | { zstd -d -q -c --memory=512MB || :; } | head -c "$size" | tee "$work/fifo" |
    dd of="$disk" bs=4M iflag=fullblock "$direct" conv=notrunc,fsync status=none 2>"$work/dd" &
  writer=$!
  watch &
  watcher=$!
  written=0
  wait $writer || written=$?
  wait $hasher || :
  kill $watcher 2>/dev/null || :
  wait $watcher 2>/dev/null || :
}
`;
}
