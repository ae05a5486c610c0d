import { lines, type Shell, shell } from '../../remote/index.ts';
import { aptGet } from './packages.ts';

/** Files of packages in a folder, without installing them: for what is used once, or elsewhere. */
export function unpackPackages(
  packageProxy: string | undefined,
  folder: string,
  packages: readonly string[],
): Shell {
  return lines(
    shell`mkdir -p ${folder}/archives`,
    shell`(cd ${folder}/archives && ${aptGet(packageProxy, '-o', 'APT::Sandbox::User=root', 'download', ...packages)})`,
    shell`for archive in ${folder}/archives/*.deb; do dpkg-deb -x "$archive" ${folder}; done`,
    shell`rm -rf ${folder}/archives`,
  );
}
