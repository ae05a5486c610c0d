import { CodedError } from '../../model/index.ts';
import type { Parameters } from './parameters.ts';

export interface Release {
  readonly edition: 'server' | 'ocis';
  readonly version: string;
  /** Of the vendor. */
  readonly url: string;
}

/** PHP as each system has it in its own packages. */
export const systemPhp: Readonly<Record<string, string>> = {
  'debian/12': '8.2',
  'debian/13': '8.4',
  'ubuntu/22.04': '8.1',
  'ubuntu/24.04': '8.3',
  'ubuntu/26.04': '8.5',
};

/** Of ownCloud server, by its first number: the PHP that `composer.json` and `index.php` of a release name. */
export const neededPhp: Readonly<Record<string, readonly string[]>> = {
  '10': ['7.4'],
  '11': ['8.3', '8.4', '8.5'],
};

const SERVER = '11.0.0';
const SCALE = '7.1.0';

/**
 * Which ownCloud is laid on which system.
 * @throws CodedError LAYER_UNSUPPORTED: that release does not run with the PHP of that system
 */
export function chooseRelease(
  system: string,
  { edition, version, php, download }: Pick<Parameters, 'edition' | 'version' | 'php' | 'download'>,
): Release {
  const has = systemPhp[system] ?? 'none';
  const chosen = edition ?? (php === 'any' || neededPhp[majorOf(SERVER)]?.includes(has) ? 'server' : 'ocis');
  if (chosen === 'ocis') {
    const wanted = version ?? SCALE;
    return {
      edition: 'ocis',
      version: wanted,
      url: download ?? `https://download.owncloud.com/ocis/ocis/stable/${wanted}/ocis-${wanted}-linux-amd64`,
    };
  }
  const wanted = version ?? SERVER;
  const needs = neededPhp[majorOf(wanted)];
  if (php !== 'any' && !needs?.includes(has))
    throw new CodedError(
      'LAYER_UNSUPPORTED',
      `ownCloud ${wanted} ${needs ? `runs with PHP ${needs.join(', ')}` : 'is not known'}, and ${system} has PHP ${has}: take edition=ocis, or php=any on your own account.`,
      { layer: 'owncloud', system },
    );
  return {
    edition: 'server',
    version: wanted,
    url: download ?? `https://download.owncloud.com/server/stable/owncloud-${wanted}.tar.bz2`,
  };
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? '';
}
