import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';

const FILE = '/root/.ssh/known_hosts';
/** The layer's own lines in it. */
export const ownKnownHosts = (layer: string) => `/var/lib/rackwright/${layer}/known-hosts`;

/** Trusted when it is first seen; a machine that shows another key later is refused by ssh. */
export function knowHosts(layer: string, addresses: readonly string[]): LayerStep {
  const ours = ownKnownHosts(layer);
  return {
    name: 'know the machines',
    does: `Ask ${addresses.join(', ')} for their host keys, once, and write them into ${FILE}.`,
    done: lines(
      ...addresses.map((address) => shell`grep -q ${`^${address} `} ${ours} 2>/dev/null || exit 1`),
      shell`[ -f ${FILE} ] && ! grep -vxFf ${FILE} ${ours} >/dev/null`,
    ),
    script: lines(
      shell`umask 077`,
      shell`mkdir -p ${ours.slice(0, ours.lastIndexOf('/'))} /root/.ssh`,
      shell`touch ${ours} ${FILE}`,
      shell`see() {
  address=$1
  if grep -q "^$address " ${ours}; then return; fi
  ssh-keyscan -T 20 -t ed25519,ecdsa,rsa "$address" 2>/dev/null | grep -v '^#' >${ours}.seen || { echo "$address shows no host key"; exit 75; }
  cat ${ours}.seen >>${ours}
}`,
      ...addresses.map((address) => shell`see ${address}`),
      shell`rm -f ${ours}.seen`,
      shell`cat ${FILE} >${FILE}.rackwright-new`,
      shell`grep -vxFf ${FILE} ${ours} >>${FILE}.rackwright-new || :`,
      shell`mv ${FILE}.rackwright-new ${FILE}`,
      shell`ssh-keygen -l -f ${ours}`,
    ),
    deadlineMs: 300_000,
  };
}

/** Before the layer's own list goes. */
export function forgetHosts(layer: string): Shell {
  const ours = ownKnownHosts(layer);
  return shell`if [ -e ${ours} ] && [ -e ${FILE} ]; then
  umask 077
  grep -vxFf ${ours} ${FILE} >${FILE}.rackwright-new || :
  if [ -s ${FILE}.rackwright-new ]; then mv ${FILE}.rackwright-new ${FILE}; else rm -f ${FILE} ${FILE}.rackwright-new; fi
fi
rm -f ${ours}`;
}
