import type { VendorArchive } from '../parts/archive.ts';
import type { Context } from './client-conf.ts';

const codenames: Readonly<Record<string, string>> = {
  'ubuntu/22.04': 'jammy',
  'ubuntu/24.04': 'noble',
  'ubuntu/26.04': 'resolute',
  // Upstream's readme gives Debian a suite of Ubuntu, and calls that an experiment.
  'debian/12': 'jammy',
};

/** PPAs are known by a key of their owner, which a key server hands out. */
export function ppaOf({ system, parameters: { ppa, keyFingerprint } }: Context): VendorArchive {
  return {
    name: 'landscape',
    keyUrl: `https://keyserver.ubuntu.com/pks/lookup?op=get&search=0x${keyFingerprint}`,
    fingerprint: keyFingerprint,
    url: `https://ppa.launchpadcontent.net/${ppa}/ubuntu`,
    suite: codenames[system] ?? 'noble',
    components: ['main'],
  };
}
