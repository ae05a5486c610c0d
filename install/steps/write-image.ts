import type { ImageFile, RootPlan } from '../../model/index.ts';
import { type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import type { ImageSource, InstallContext, InstallStep } from '../install-step.ts';
import { IMAGES, RUNNING_IMAGE } from '../paths.ts';
import { formatBytes } from '../plan/format-bytes.ts';
import { knowDevices } from './devices.ts';
import { knowMounts, mountTarget, requireIntent, script } from './prelude.ts';

export function writeImage(plan: RootPlan, context: InstallContext): InstallStep {
  const { squashfs } = plan.image;
  return {
    name: 'write image',
    does: `${context.source.kind === 'fetch' ? 'Fetch, verify and write' : 'Write'} ${plan.image.name} (${formatBytes(squashfs.size)} squashfs) to the root file system.`,
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      knowMounts(),
      mountTarget(plan, context.intentId),
      knowSource(context.source, squashfs),
      copy(),
    ),
    // 450 MB of squashfs take 3 minutes to a slow disk; a rotating one under many small files a multiple of it.
    deadlineMs: 1_800_000,
    destructive: false,
  };
}

/** Sets `$image`, what unsquashfs reads, and `$tree`, the same as a mounted file system. */
function knowSource(source: ImageSource, file: ImageFile): Shell {
  switch (source.kind) {
    case 'running':
      return shell`tree=${RUNNING_IMAGE} image=
while read -r _ _ _ _ point options; do
  [ "$point" = "$tree" ] || continue
  # shellcheck disable=SC2086
  set -- \${options#* - }
  [ "$1" != squashfs ] || image=$2
done </proc/self/mountinfo
# Ubuntu 26.04: a link, and the device is mounted elsewhere.
[ -d "$tree/usr" ] || fail ${exitStatus.interrupted} "no image is mounted at $tree"
`;
    case 'fetch':
      return fetchImage(source.url, file);
  }
}

/** Verified before anything reads it: squashfs is parsed by the kernel. */
function fetchImage(url: string, { sha256, size }: ImageFile): Shell {
  const kilobytes = Math.ceil((size + 8 * 1024 ** 2) / 1024);
  return shell`image=${`${IMAGES}/${sha256}`} tree=${`${IMAGES}/tree`}
mkdir -p -m 0700 ${IMAGES}
mounted ${IMAGES} || mount -t tmpfs -o ${`size=${kilobytes}k,mode=0700`} rackwright-image ${IMAGES}
if [ ! -f "$image" ]; then
  say ${`fetching ${formatBytes(size)}`}
  curl -fsS --proto =http,https --max-filesize ${size} --retry 10 --retry-delay 2 --retry-all-errors \
    --connect-timeout 10 --speed-limit 1024 --speed-time 60 -o "$image.part" --url ${url}
  printf '%s  %s\n' ${sha256} "$image.part" | sha256sum -c --status ||
    fail ${exitStatus.imageHash} ${`what was fetched does not have SHA-256 ${sha256}`}
  mv "$image.part" "$image"
fi
mkdir -p "$tree"
mounted "$tree" || mount -t squashfs -o loop,ro "$image" "$tree"
`;
}

/**
 * unsquashfs unpacks on all processors: 592 MB took 15 s on 2 emulated ones, \`cp -a\` from the mounted image 37 s. Both keep owners,
 * hard links, extended attributes and capabilities. Its queues take 256 MiB each unless told otherwise.
 */
function copy(): Shell {
  return shell`all=$(stat -f -c %c "$tree")
before=$(stat -f -c %d "$target")
if [ -n "$image" ] && command -v unsquashfs >/dev/null; then
  unsquashfs -f -n -q -da 64 -fr 64 -d "$target" "$image" &
else
  cp -a --one-file-system "$tree/." "$target/" &
fi
writer=$!
trap 'kill $writer 2>/dev/null || :' EXIT
watch() {
  while sleep 3; do
    # shellcheck disable=SC2046
    set -- $(stat -f -c '%d %b %f %S' "$target")
    percent=$(((before - $1) * 100 / (all + 1)))
    [ $percent -le 99 ] || percent=99
    say "$percent % of $all files, $((($2 - $3) * $4 / 1000000)) MB"
  done
}
watch &
watcher=$!
status=0
wait $writer || status=$?
trap - EXIT
kill $watcher 2>/dev/null || :
wait $watcher 2>/dev/null || :
[ $status -eq 0 ] || fail 1 "copying the image ended with exit status $status"
[ -d "$target/usr/bin" ] || fail 1 'the image holds no system'
say "100 % of $all files"`;
}
