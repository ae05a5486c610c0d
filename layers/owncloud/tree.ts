import { lines, type Shell, shell } from '../../remote/index.ts';
import { type Context, downloadOf, releaseOf, TREE, TREE_BEFORE, TREE_NEXT, UPGRADING } from './places.ts';

/** config.php says so last of all. */
export const isInstalled = shell`grep -q "'installed' => true" ${`${TREE}/config/config.php`} 2>/dev/null`;

/** The tree is of this version, and no upgrade is under way. */
export function isAtVersion(version: string): Shell {
  return shell`grep -qF ${`$OC_VersionString = '${version}'`} ${`${TREE}/version.php`} 2>/dev/null && [ ! -e ${UPGRADING} ] && [ ! -e ${TREE_BEFORE} ]`;
}

/** The archive has one folder, owncloud. Beside the tree, on the same file system: it is switched to by a rename. */
export function unpackNext(context: Context): Shell {
  const { path } = downloadOf(context);
  const { version } = releaseOf(context);
  return lines(
    shell`rm -rf ${TREE_NEXT}`,
    shell`mkdir -p ${TREE_NEXT}`,
    shell`tar --extract --auto-compress --no-same-owner --strip-components 1 --directory ${TREE_NEXT} --file ${path}`,
    shell`[ "$(version_of ${TREE_NEXT})" = ${version} ] || { echo the archive is of version "$(version_of ${TREE_NEXT}), and not" ${version}; rm -rf ${TREE_NEXT}; exit 1; }`,
    shell`chown -R www-data:www-data ${TREE_NEXT}`,
  );
}
