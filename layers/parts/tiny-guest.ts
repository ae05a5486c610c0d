import { createHash } from 'node:crypto';
import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerContext, LayerStep } from '../layer.ts';
import { aptGet } from './packages.ts';
import { guestInit, guestLeased } from './tiny-guest-init.ts';

/**
 * A guest of 128 MiB that boots in seconds even by emulation, to prove a hypervisor by. It is made on the machine, of the
 * distribution's own kernel, busybox and dropbear, which are unpacked and not installed.
 *
 * How a layer uses it:
 * - `apply`: `makeTinyGuest('kvm', context)` as a step, after `refreshPackageLists`; `remove`: `dropTinyGuest('kvm')`.
 *   The folder goes when no layer needs it any more. About 10 s, 17 MiB.
 * - `verify`: boot `tinyGuest.kernel` with `tinyGuest.initrd` and `guestWords(name, keyFile?)` as the command line. No
 *   disk is needed; virtio and Xen cards and disks are known, and e1000 where the distribution's small kernel has it.
 * - Its console, `ttyS0` unless told otherwise, says `guest is ready 10.0.0.5` (or `without an address`, after a minute)
 *   and then has a shell. By DHCP it sends its name. Port 80 serves a page: its name, and below it its address. With a
 *   key, root may log in by SSH. It turns off by its power button and by
 *   `shutdown`.
 * - `awaitText(file, text, seconds)` waits for a line of its console.
 */
export const tinyGuest = {
  folder: '/var/lib/rackwright/guest',
  kernel: '/var/lib/rackwright/guest/vmlinuz',
  initrd: '/var/lib/rackwright/guest/initrd',
  memoryMiB: 128,
} as const;

const { folder } = tinyGuest;
const USERS = `${folder}/used-by`;
const MODULES = [
  'virtio_pci',
  'virtio_net',
  'virtio_blk',
  'virtio_balloon',
  'virtio_rng',
  'xen-netfront',
  'xen-blkfront',
  'e1000',
  'button',
  'evdev',
];

type Context = Pick<LayerContext<unknown>, 'system' | 'packageProxy'>;

/** The smallest first. Each of these names only brings in the package with the kernel itself. */
export function guestKernels(system: string): readonly string[] {
  return system.startsWith('ubuntu/')
    ? ['linux-image-virtual', 'linux-image-generic']
    : ['linux-image-cloud-amd64', 'linux-image-amd64'];
}

export function makeTinyGuest(layer: string, { system, packageProxy }: Context): LayerStep {
  const recipe = createHash('sha256')
    .update(JSON.stringify([guestInit, guestLeased, MODULES, guestKernels(system), build.text]))
    .digest('hex');
  const isMade = shell`[ "$(head -n 1 ${folder}/made 2>/dev/null)" = ${recipe} ] && (cd ${folder} && sha256sum --status --check sums)`;
  const use = lines(shell`mkdir -p ${USERS}`, shell`: >${USERS}/${layer}`);
  return {
    name: 'make a tiny guest',
    does: `Put a small Linux to try guests with into ${folder}, made of packages that are not installed.`,
    done: shell`[ -e ${USERS}/${layer} ] && ${isMade}`,
    script: shell`${use}
if ${isMade}; then exit 0; fi
rm -rf ${folder}/draft
mkdir -p ${folder}/draft/packages ${folder}/draft/root/bin ${folder}/draft/root/modules
cd ${folder}/draft || exit 1
${fetchParts(guestKernels(system), packageProxy)}
printf %s ${guestInit} >root/init
printf %s ${guestLeased} >root/bin/leased
${build}
echo ${recipe} >made
echo "$version" >>made
sha256sum vmlinuz initrd >sums
rm -f ../made
mv vmlinuz initrd sums ..
mv made ..
cd .. || exit 1
rm -rf draft`,
    deadlineMs: 900_000,
  };
}

/** Into packages/. A list that is older than the last security update names files that are gone; so it is asked again. */
function fetchParts(kernels: readonly string[], packageProxy: string | undefined): Shell {
  const download = aptGet(packageProxy, '-o', 'APT::Sandbox::User=root', 'download');
  return shell`needs() {
  image=
  for name in ${kernels}; do
    [ -n "$image" ] || image=$(apt-cache depends "$name" 2>/dev/null | sed -n 's/^ *Depends: \\(linux-image-[0-9].*\\)$/\\1/p' | head -n 1)
  done
  [ -n "$image" ] || { echo "the archive has no kernel" >&2; return 1; }
  echo "$image busybox-static"
  # Ubuntu has the modules in a package of their own.
  apt-cache show "linux-modules-\${image#linux-image-}" 2>/dev/null | sed -n 's/^Package: //p' | head -n 1
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances dropbear-bin | grep '^[a-z]'
}
fetch() {
  parts=$(needs)
  # shellcheck disable=SC2086 # Names of packages, one a word.
  (cd packages && ${download} $parts)
}
fetch || { ${aptGet(packageProxy, 'update')} && fetch; }
for package in packages/*.deb; do dpkg-deb -x "$package" tree; done
rm -rf packages`;
}

/** In a folder with tree/, of all packages, and root/: vmlinuz, initrd. Says `version`. */
const build = shell`version=$(find tree -path '*lib/modules/*' -prune -name '[0-9]*' | sed 's|.*/||' | head -n 1)
mv tree/boot/vmlinuz-* vmlinuz
# Where kmod looks for modules differs by release: under /lib or /usr/lib.
mkdir -p kmod/lib/modules kmod/usr
ln -s ../lib kmod/usr/lib
mv "$(find tree -path "*lib/modules/$version" -prune)" kmod/lib/modules/
depmod -b "$PWD/kmod" "$version"
: >root/modules/order
for name in ${MODULES}; do
  modprobe -C /dev/null -d "$PWD/kmod" -S "$version" --show-depends "$name" 2>/dev/null | sed -n 's/^insmod *//p' | while read -r path; do
    module=\${path##*/}
    plain=\${module%.ko*}.ko
    [ ! -e "root/modules/$plain" ] || continue
    case $module in
    *.xz) xz -dc "$path" ;;
    *.zst) zstd -qdc "$path" ;;
    *) cat "$path" ;;
    esac >"root/modules/$plain"
    echo "$plain" >>root/modules/order
  done
done
cp "$(find tree -type f -path '*bin/busybox' | head -n 1)" root/bin/busybox
# dropbear, and what it is linked to, by its own loader.
dropbear=$(find tree -type f -path '*bin/dropbear' | head -n 1)
loader=$(find tree -type f -name 'ld-linux-x86-64.so.2' | head -n 1)
[ -n "$loader" ] || loader=$(find tree -type f -name 'ld-*.so*' | head -n 1)
libraries=$(find "$PWD/tree" -name '*.so*' -not -path '*/gconv/*' | sed 's|/[^/]*$||' | sort -u | paste -s -d :)
mkdir -p root/lib root/lib64 root/etc
cp "$dropbear" root/bin/dropbear
cp "$loader" root/lib64/ld-linux-x86-64.so.2
"$loader" --library-path "$libraries" --list "$dropbear" | sed -n 's/.* => \\(.*\\) (.*/\\1/p' | while read -r library; do cp -L "$library" root/lib/; done
printf 'root:x:0:0:root:/root:/bin/sh\\n' >root/etc/passwd
printf 'root:x:0:\\n' >root/etc/group
printf '/bin/sh\\n' >root/etc/shells
chmod 0755 root/init root/bin/*
rm -f root/lib/ld-*
(cd root && find . | ./bin/busybox cpio -o -H newc >../plain)
gzip -9 <plain >initrd`;

/** The command line that the guest is started with: one word of the shell. */
export function guestWords(name: string, publicKeyFile?: string, console = 'ttyS0'): Shell {
  const words = `console=${console} quiet panic=5 guest.name=${name}`;
  if (publicKeyFile === undefined) return shell`${words}`;
  return shell`${`${words} guest.key=`}"$(cut -d ' ' -f 2 ${publicKeyFile})"`;
}

/** Waits until the file has a line with that text; says what it has last when it does not come. */
export function awaitText(file: string, text: string, seconds: number): Shell {
  return shell`left=${seconds}
until grep -aqF ${text} ${file} 2>/dev/null; do
  left=$((left - 1))
  if [ "$left" -le 0 ]; then
    echo ${`no line with ${text} after ${seconds} s; the last are:`}
    tail -n 15 ${file}
    exit 1
  fi
  sleep 1
done`;
}

/** Takes the folder away when no other layer needs it. */
export function dropTinyGuest(layer: string): LayerStep {
  return {
    name: 'forget the tiny guest',
    does: `Remove ${folder}, unless another layer needs it.`,
    done: shell`[ ! -e ${USERS}/${layer} ] && { [ ! -e ${folder} ] || [ -n "$(ls ${USERS} 2>/dev/null)" ]; }`,
    script: shell`rm -f ${USERS}/${layer}
if [ -z "$(ls ${USERS} 2>/dev/null)" ]; then rm -rf ${folder}; fi`,
    deadlineMs: 60_000,
  };
}
