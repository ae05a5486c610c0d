import { lines, shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';
import { awaitText, guestWords, tinyGuest } from '../parts/tiny-guest.ts';

const FOLDER = '/run/rackwright/xen-verify';
const DOMAIN = 'rackwright-verify';

/** The kernel that runs as dom0 also runs as a guest, which a small one for clouds need not. */
const config = `name = "${DOMAIN}"
type = "pv"
kernel = "${FOLDER}/vmlinuz"
ramdisk = "${tinyGuest.initrd}"
memory = ${tinyGuest.memoryMiB}
vcpus = 1
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
`;

export function verifyXen(): readonly Verification[] {
  return [
    {
      kind: 'command',
      name: 'the hypervisor answers',
      script: lines(
        shell`xl info | grep -E '^(release|xen_version|total_memory|free_memory)'`,
        shell`xl list`,
        shell`xl list Domain-0 >/dev/null`,
      ),
      deadlineMs: 120_000,
    },
    {
      kind: 'command',
      name: 'a guest runs and goes',
      script: lines(
        shell`xl destroy ${DOMAIN} >/dev/null 2>&1 || :`,
        shell`rm -rf ${FOLDER}`,
        shell`mkdir -p ${FOLDER}`,
        shell`trap 'xl destroy ${DOMAIN} >/dev/null 2>&1 || :; rm -rf ${FOLDER}' EXIT`,
        shell`cp "/boot/vmlinuz-$(uname -r)" ${FOLDER}/vmlinuz`,
        shell`printf %s ${config} >${FOLDER}/guest.cfg`,
        shell`printf 'extra = "%s"\\n' "${guestWords(DOMAIN, undefined, 'hvc0')}" >>${FOLDER}/guest.cfg`,
        shell`echo "a guest is created"`,
        shell`xl create -q ${FOLDER}/guest.cfg`,
        shell`xl list`,
        // The console daemon keeps what was said before somebody listens.
        shell`(timeout 240 script -qfc ${`xl console ${DOMAIN}`} ${FOLDER}/console </dev/null >/dev/null 2>&1 &)`,
        awaitText(`${FOLDER}/console`, 'guest is ready', 200),
        shell`grep -a 'guest is ready' ${FOLDER}/console`,
        shell`echo "it is destroyed"`,
        shell`xl destroy ${DOMAIN}`,
        shell`! xl list ${DOMAIN} >/dev/null 2>&1`,
      ),
      deadlineMs: 420_000,
    },
    {
      kind: 'command',
      name: 'xen-tools knows what guests start with',
      // To make one it would fetch a whole system.
      script: lines(
        shell`xen-create-image --dumpconfig --hostname=${DOMAIN} --dir=${FOLDER} --dhcp >${FOLDER}.config`,
        shell`trap 'rm -f ${FOLDER}.config' EXIT`,
        shell`grep -E "'(kernel|initrd)' => '/boot/.*-$(uname -r)'" ${FOLDER}.config`,
        shell`[ "$(grep -cE "'(kernel|initrd)' => '/boot/.*-$(uname -r)'" ${FOLDER}.config)" = 2 ]`,
      ),
      deadlineMs: 120_000,
    },
  ];
}
