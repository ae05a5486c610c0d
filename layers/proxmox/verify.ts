import { lines, shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';

const FOLDER = '/run/rackwright/proxmox-verify';
const TOKEN = 'rackwright-verify';

export function verifyProxmox(): readonly Verification[] {
  return [
    {
      kind: 'command',
      name: 'its API answers a token',
      script: lines(
        shell`away() { pveum user token remove root@pam ${TOKEN} >/dev/null 2>&1 || :; rm -rf ${FOLDER}; }`,
        shell`away`,
        shell`trap away EXIT`,
        shell`mkdir -p ${FOLDER}`,
        shell`chmod 0700 ${FOLDER}`,
        shell`pveversion`,
        shell`pveum user token add root@pam ${TOKEN} --privsep 0 --output-format json >${FOLDER}/token`,
        shell`printf 'Authorization: PVEAPIToken=root@pam!%s=%s\\n' ${TOKEN} "$(sed -n 's/.*"value" *: *"\\([^"]*\\)".*/\\1/p' ${FOLDER}/token)" >${FOLDER}/header`,
        shell`curl --silent --show-error --fail --cacert /etc/pve/pve-root-ca.pem --header @${FOLDER}/header "https://$(hostname):8006/api2/json/nodes" >${FOLDER}/nodes`,
        shell`grep -q "\\"node\\":\\"$(hostname)\\"" ${FOLDER}/nodes && echo "it tells of $(hostname)"`,
      ),
      deadlineMs: 180_000,
    },
  ];
}
