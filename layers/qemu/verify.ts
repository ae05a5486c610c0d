import { type Shell, shell } from '../../remote/index.ts';
import { aptGet } from '../parts/packages.ts';
import { awaitText, guestWords, tinyGuest } from '../parts/tiny-guest.ts';

const { kernel, initrd, memoryMiB } = tinyGuest;

/** In a folder of its own, which is gone when the script ends, and QEMU with it. */
function inFolder(name: string, script: Shell): Shell {
  const folder = `/var/lib/rackwright/try-qemu-${name}`;
  return shell`rm -rf ${folder}
mkdir -p ${folder}
guest=
trap '[ -z "$guest" ] || kill "$guest" 2>/dev/null || :; rm -rf ${folder}' EXIT
trap 'exit 1' TERM INT
cd ${folder} || exit 1
${script}`;
}

export const tryDisk: Shell = inFolder(
  'disk',
  shell`echo "a disk of 64 MiB is made"
qemu-img create -q -f qcow2 disk.qcow2 64M
qemu-io -c 'write -q -P 7 8M 1M' disk.qcow2
qemu-img snapshot -c before disk.qcow2
qemu-io -c 'write -q -P 8 8M 1M' disk.qcow2
qemu-img check disk.qcow2
echo "it is taken back to its snapshot"
qemu-img snapshot -a before disk.qcow2
qemu-io -c 'read -q -P 7 8M 1M' disk.qcow2
qemu-img snapshot -d before disk.qcow2
echo "it grows, and is the same after it was written in another format"
qemu-img resize -q disk.qcow2 96M
qemu-img convert -f qcow2 -O raw disk.qcow2 disk.raw
qemu-img compare -f qcow2 -F raw disk.qcow2 disk.raw
[ "$(stat -c %s disk.raw)" = $((96 * 1024 * 1024)) ]`,
);

/** Without a display; the console is a file, and what is typed comes by a pipe. */
function boots(name: string, how: Shell): Shell {
  return shell`mkfifo keys
qemu-system-x86_64 -accel tcg -m ${memoryMiB} -display none -no-reboot -serial stdio -monitor none -nic user,model=virtio-net-pci ${how} <keys >console 2>errors &
guest=$!
exec 3>keys
echo "guest ${name} boots"
left=90
until grep -aqF 'guest is ready 10.' console; do
  left=$((left - 1))
  kill -0 "$guest" 2>/dev/null || left=0
  [ "$left" -gt 0 ] || { echo "it did not get ready; its console and its errors end with:"; tail -n 15 console errors; exit 1; }
  sleep 1
done
grep -a 'guest is ready' console
echo "its console is read and written"
echo 'echo "I am $(hostname) with $(nproc) processor"; cat /proc/partitions' >&3
${awaitText('console', `I am ${name} with 1 processor`, 30)}`;
}

const turnsOff: Shell = shell`echo "it turns itself off"
echo 'poweroff -f' >&3
exec 3>&-
left=30
while kill -0 "$guest" 2>/dev/null; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo "it is still on after 30 s; its console ends with:"; tail -n 5 console; exit 1; }
  sleep 1
done
wait "$guest"
guest=`;

export const bootFromKernel: Shell = inFolder(
  'kernel',
  shell`qemu-img create -q -f qcow2 disk.qcow2 64M
${boots(
  'by-kernel',
  shell`-kernel ${kernel} -initrd ${initrd} -append ${guestWords('by-kernel')} -drive file=disk.qcow2,if=virtio,format=qcow2`,
)}
echo "its disk is there"
${awaitText('console', '65536 vda', 30)}
${turnsOff}`,
);

/** ISOLINUX and xorriso are only unpacked here: whoever uses QEMU does not need them. */
export function bootFromCd(packageProxy: string | undefined): Shell {
  const download = aptGet(packageProxy, '-o', 'APT::Sandbox::User=root', 'download');
  return inFolder(
    'cd',
    shell`echo "a CD is made"
mkdir packages cd
needs=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances xorriso | grep '^[a-z]' | grep -Evx 'libc6|libcrypt1|libgcc-s1|gcc-[0-9]+-base|debconf|dpkg|install-info')
# shellcheck disable=SC2086 # Names of packages, one a word.
(cd packages && ${download} isolinux syslinux-common $needs)
for package in packages/*.deb; do dpkg-deb -x "$package" tree; done
cp "$(find tree -name isolinux.bin | head -n 1)" "$(find tree -path '*bios/ldlinux.c32' | head -n 1)" cd/
cp ${kernel} cd/vmlinuz
cp ${initrd} cd/initrd
echo default vmlinuz initrd=initrd ${guestWords('by-cd')} >cd/isolinux.cfg
libraries=$(find "$PWD/tree" -name '*.so*' | sed 's|/[^/]*$||' | sort -u | paste -s -d :)
LD_LIBRARY_PATH=$libraries "$(find tree -path '*bin/xorriso' | head -n 1)" -as mkisofs -quiet -o cd.iso -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table cd
${boots('by-cd', shell`-cdrom cd.iso -boot d`)}
${turnsOff}`,
  );
}
