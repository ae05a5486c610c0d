import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import type { Context } from './parameters.ts';
import { STATE } from './places.ts';

const FILE = '/root/.ssh/known_hosts';
/** Our own lines in it. */
export const OURS = `${STATE}/known-hosts`;

function knows(addresses: readonly string[]): Shell {
  return lines(
    ...addresses.map((address) => shell`grep -q ${`^${address} `} ${OURS} 2>/dev/null || exit 1`),
    shell`[ -f ${FILE} ] && ! grep -vxFf ${FILE} ${OURS} >/dev/null`,
  );
}

/** Trusted when it is first seen; a machine that shows another key later is refused by ssh. */
export function knowHosts({ members }: Pick<Context, 'members'>): LayerStep {
  const addresses = members.map(({ address }) => address);
  return {
    name: 'know the machines',
    does: `Ask ${addresses.join(', ')} for their host keys, once, and write them into ${FILE}.`,
    done: knows(addresses),
    script: lines(
      shell`umask 077`,
      shell`mkdir -p ${STATE} /root/.ssh`,
      shell`touch ${OURS} ${FILE}`,
      shell`see() {
  address=$1
  if grep -q "^$address " ${OURS}; then return; fi
  ssh-keyscan -T 20 -t ed25519,ecdsa,rsa "$address" 2>/dev/null | grep -v '^#' >${OURS}.seen || { echo "$address shows no host key"; exit 75; }
  cat ${OURS}.seen >>${OURS}
}`,
      ...addresses.map((address) => shell`see ${address}`),
      shell`rm -f ${OURS}.seen`,
      shell`cat ${FILE} >${FILE}.rackwright-new`,
      shell`grep -vxFf ${FILE} ${OURS} >>${FILE}.rackwright-new || :`,
      shell`mv ${FILE}.rackwright-new ${FILE}`,
      shell`ssh-keygen -l -f ${OURS}`,
    ),
    deadlineMs: 300_000,
  };
}

/** Before our own list goes. */
export const forgetHosts: Shell = shell`if [ -e ${OURS} ] && [ -e ${FILE} ]; then
  umask 077
  grep -vxFf ${OURS} ${FILE} >${FILE}.rackwright-new || :
  if [ -s ${FILE}.rackwright-new ]; then mv ${FILE}.rackwright-new ${FILE}; else rm -f ${FILE} ${FILE}.rackwright-new; fi
fi
rm -f ${OURS}`;
