import { lines, shell } from '../../remote/index.ts';
import { isInstalled } from '../parts/packages.ts';
import { STATE } from './paths.ts';

const BEFORE = `${STATE}/folders-before`;

/** Stay when their package is purged, because its daemon wrote to them; and there is no user that tells whose they are. */
const folders = [
  ['tgt', '/etc/tgt'],
  ['lvm2', '/etc/lvm'],
  ['openvswitch-common', '/etc/openvswitch'],
  ['openvswitch-common', '/var/lib/openvswitch'],
  ['openvswitch-common', '/var/log/openvswitch'],
  ['ovn-common', '/etc/ovn'],
  ['ovn-common', '/var/lib/ovn'],
  ['ovn-common', '/var/log/ovn'],
] as const;

/** Before the packages. */
export const noteFolders = shell`[ -e ${BEFORE} ] || { ls -d ${folders.map(([, folder]) => folder)} 2>/dev/null >${BEFORE}.new || :; mv ${BEFORE}.new ${BEFORE}; }`;

/** After them. What was there before stays. */
export const dropFolders = shell`if [ -e ${BEFORE} ]; then
${lines(
  ...folders.map(
    ([name, folder]) =>
      shell`  { ${isInstalled(name)}; } || grep -qxF ${folder} ${BEFORE} || rm -rf ${folder}`,
  ),
)}
fi`;
