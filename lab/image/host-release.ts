import { readFile } from 'node:fs/promises';

/** The lab's image is of the same distribution release as its host: its keys and mirrors are known to work. */
export interface HostRelease {
  readonly os: 'debian' | 'ubuntu';
  readonly version: string;
  readonly codename: string;
  readonly name: string;
}

export async function hostRelease(file = '/etc/os-release'): Promise<HostRelease> {
  return parseOsRelease(await readFile(file, 'utf8'));
}

export function parseOsRelease(text: string): HostRelease {
  const field = (name: string) => new RegExp(`^${name}=["']?([^"'\\n]*)["']?$`, 'm').exec(text)?.[1] ?? '';
  const os = field('ID');
  if (os !== 'debian' && os !== 'ubuntu') {
    throw new Error(
      `the lab builds its image from the host's packages and knows Debian and Ubuntu, not "${os}"`,
    );
  }
  return { os, version: field('VERSION_ID'), codename: field('VERSION_CODENAME'), name: field('NAME') };
}
