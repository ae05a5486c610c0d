import { createHash } from 'node:crypto';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { refreshPackageLists } from '../parts/packages.ts';
import { dropTinyGuest, makeTinyGuest, tinyGuest } from '../parts/tiny-guest.ts';
import { unpackPackages } from '../parts/unpacked.ts';
import { nginxFiles, PAGES } from './nginx-files.ts';
import { PAGE_FOLDER } from './page.ts';
import type { NginxContext } from './parameters.ts';
import { vmInit } from './vm-guest.ts';

const NAME = 'rackwright-nginx';
const FOLDER = '/var/lib/rackwright/nginx-vm';
const INITRD = `${FOLDER}/initrd`;
/** Of the domain that runs: what it was started with. */
const STARTED = `${FOLDER}/started`;
const MAC = '52:54:00:6e:67:78';
const NETWORK = 'default';
const UNIT = 'rackwright-nginx-port';
const UNITS = [`/etc/systemd/system/${UNIT}.socket`, `/etc/systemd/system/${UNIT}.service`] as const;
const STALE = '/run/rackwright/nginx-port-to-restart';
const virsh = shell`virsh --quiet --connect qemu:///system`;

export function vmCheck(context: NginxContext): Shell {
  return shell`${isMade()} && ${runs(context)} && ${forwards(context)}`;
}

export function vmApply(context: NginxContext, writePage: LayerStep): readonly LayerStep[] {
  return [
    writePage,
    refreshPackageLists(context.packageProxy),
    makeTinyGuest('nginx', context),
    makeInitrd(context),
    start(context),
    forward(context),
  ];
}

/** Of the recipe, the page and the tiny guest below it: the guest has no disk, and the page is in its memory. */
function stamp(): Shell {
  const recipe = digest(nginxFiles(undefined, `${FOLDER}/draft`).text + vmInit);
  return shell`"$(cat ${PAGE_FOLDER}/index.html ${tinyGuest.folder}/sums | sha256sum | cut -c 1-16)"${recipe}`;
}

function isMade(): Shell {
  return shell`[ -e ${INITRD} ] && [ "$(cat ${FOLDER}/made 2>/dev/null)" = ${stamp()} ]`;
}

/** An initrd may be several archives, one after the other; what is in a later one is laid over the earlier. */
function makeInitrd(context: NginxContext): LayerStep {
  return {
    name: 'make the guest',
    does: "Put the distribution's nginx and the page into an initrd, over that of the tiny guest.",
    done: isMade(),
    script: lines(
      shell`mkdir -p ${FOLDER}`,
      nginxFiles(context.packageProxy, `${FOLDER}/draft`),
      unpackPackages(context.packageProxy, `${FOLDER}/draft/tools`, ['busybox-static']),
      shell`cp ${PAGE_FOLDER}/index.html ${`root${PAGES}/index.html`}
busybox=$(find "$PWD/tools" -name busybox -type f -perm -100 | head -n 1)
printf %s ${vmInit} >root/init
chmod 0755 root/init
(cd root && find . | "$busybox" cpio -o -H newc) | gzip -9 >over
cat ${tinyGuest.initrd} over >${INITRD}.new
mv ${INITRD}.new ${INITRD}
echo ${stamp()} >${FOLDER}/made
rm -rf ${FOLDER}/draft`,
    ),
    deadlineMs: 300_000,
  };
}

function domainText(emulation: boolean): string {
  return `<domain type='${emulation ? 'qemu' : 'kvm'}'>
  <name>${NAME}</name>
  <memory unit='MiB'>${tinyGuest.memoryMiB}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64'>hvm</type>
    <kernel>${tinyGuest.kernel}</kernel>
    <initrd>${INITRD}</initrd>
    <cmdline>console=ttyS0 quiet panic=5</cmdline>
  </os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>restart</on_crash>
  <devices>
    <interface type='network'>
      <mac address='${MAC}'/>
      <source network='${NETWORK}'/>
      <model type='virtio'/>
    </interface>
    <serial type='pty'/>
    <console type='pty'/>
  </devices>
</domain>
`;
}

function startStamp({ parameters: { emulation } }: NginxContext): Shell {
  return shell`"$(cat ${FOLDER}/made)"${digest(domainText(emulation))}`;
}

function runs(context: NginxContext): Shell {
  return shell`[ "$(cat ${STARTED} 2>/dev/null)" = ${startStamp(context)} ] && [ "$(${virsh} domstate ${NAME} 2>/dev/null)" = running ] && ${virsh} dominfo ${NAME} | grep -q '^Autostart: *enable'`;
}

function start(context: NginxContext): LayerStep {
  return {
    name: 'start the guest',
    does: 'Start it, now and with the machine.',
    done: runs(context),
    script: lines(
      shell`printf %s ${domainText(context.parameters.emulation)} >${FOLDER}/domain.xml`,
      shell`if [ "$(${virsh} domstate ${NAME} 2>/dev/null)" = running ]; then ${virsh} destroy ${NAME}; fi`,
      shell`${virsh} define ${FOLDER}/domain.xml`,
      shell`${virsh} autostart ${NAME}`,
      shell`${virsh} start ${NAME}`,
      shell`echo ${startStamp(context)} >${STARTED}`,
    ),
    deadlineMs: 120_000,
  };
}

/** By systemd-socket-proxyd(8): no rule for packets that could be in somebody's way. The address is asked for anew. */
function portFiles(port: number): readonly (readonly [path: string, text: string])[] {
  return [
    [
      UNITS[0],
      `[Unit]
Description=The port of nginx in its virtual machine
[Socket]
ListenStream=${port}
[Install]
WantedBy=sockets.target
`,
    ],
    [
      UNITS[1],
      `[Unit]
Description=The way to nginx in its virtual machine
Requires=${UNIT}.socket
After=${UNIT}.socket libvirtd.service
[Service]
ExecStart=/bin/sh ${FOLDER}/proxy
`,
    ],
    [
      `${FOLDER}/proxy`,
      `#!/bin/sh
left=120
while :; do
  address=$(${virsh.text} net-dhcp-leases ${NETWORK} --mac ${MAC} | sed -n 's|.* \\([0-9.]*\\)/[0-9]*.*|\\1|p' | head -n 1)
  [ -z "$address" ] || break
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo 'the guest has no address'; exit 1; }
  sleep 1
done
exec /usr/lib/systemd/systemd-socket-proxyd "$address:80"
`,
    ],
  ];
}

function forwards({ parameters: { port } }: NginxContext): Shell {
  const texts = portFiles(port)
    .map(([path, text]) => hasText(path, text))
    .reduce((sum, each) => shell`${sum} && ${each}`);
  return shell`${texts} && systemctl --quiet is-enabled ${UNIT}.socket && systemctl --quiet is-active ${UNIT}.socket && [ ! -e ${STALE} ]`;
}

function forward(context: NginxContext): LayerStep {
  const { port } = context.parameters;
  return {
    name: 'forward the port',
    does: `Pass on what comes to port ${port} to the guest.`,
    done: forwards(context),
    script: lines(
      shell`mkdir -p /run/rackwright`,
      shell`: >${STALE}`,
      ...portFiles(port).map(([path, text]) => putText(path, text)),
      shell`systemctl daemon-reload`,
      shell`systemctl stop ${UNIT}.socket ${UNIT}.service`,
      shell`systemctl --quiet enable ${UNIT}.socket`,
      shell`systemctl start ${UNIT}.socket`,
      shell`rm -f ${STALE}`,
    ),
    deadlineMs: 120_000,
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

export const vmRemove: readonly LayerStep[] = [
  {
    name: 'remove the guest',
    does: 'Stop and remove the virtual machine, and what passes the port on.',
    done: shell`[ ! -e ${FOLDER} ] && [ ! -e ${UNITS[0]} ] && [ ! -e ${UNITS[1]} ]`,
    script: lines(
      shell`if [ -e ${UNITS[0]} ]; then systemctl --quiet disable --now ${UNIT}.socket; fi`,
      shell`! systemctl --quiet is-active ${UNIT}.service || systemctl stop ${UNIT}.service`,
      shell`rm -f ${[...UNITS, STALE]}`,
      shell`systemctl daemon-reload`,
      shell`if command -v virsh >/dev/null && ${virsh} dominfo ${NAME} >/dev/null 2>&1; then
  [ "$(${virsh} domstate ${NAME})" != running ] || ${virsh} destroy ${NAME}
  ${virsh} undefine ${NAME}
fi`,
      shell`rm -rf ${FOLDER}`,
    ),
    deadlineMs: 120_000,
  },
  dropTinyGuest('nginx'),
];
