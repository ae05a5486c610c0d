import { access } from 'node:fs/promises';

/** Code and its empty variables, newest naming first: Debian 12, Ubuntu 22.04 and later have the 4M pair. */
const OVMF = ['OVMF_CODE_4M.fd OVMF_VARS_4M.fd', 'OVMF_CODE.fd OVMF_VARS.fd'].map((pair) => pair.split(' '));

export async function findOvmf(directory = '/usr/share/OVMF'): Promise<{ code: string; vars: string }> {
  for (const [code = '', vars = ''] of OVMF) {
    const pair = { code: `${directory}/${code}`, vars: `${directory}/${vars}` };
    const readable = await Promise.all([access(pair.code), access(pair.vars)]).then(
      () => true,
      () => false,
    );
    if (readable) return pair;
  }
  throw new Error(`no OVMF firmware in ${directory}; it comes with the package ovmf`);
}
