import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** One deb822 stanza's worth: where the distribution itself comes from. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy: string | undefined;
}

/** The host's sources of its own release; other vendors' repositories do not belong into an image. */
export async function hostAptSources(codename: string, etc = '/etc/apt'): Promise<AptSource[]> {
  const directory = join(etc, 'sources.list.d');
  const names = (await readdir(directory).catch(() => [])).sort();
  const files = [join(etc, 'sources.list'), ...names.map((name) => join(directory, name))];
  const parsed = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return file.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text);
    }),
  );
  return parsed.flat().flatMap((source) => {
    const suites = source.suites.filter((suite) => suite === codename || suite.startsWith(`${codename}-`));
    return suites.length === 0 ? [] : [{ ...source, suites }];
  });
}

/** sources.list(5), "deb822-style format". */
export function parseDeb822(text: string): AptSource[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#') || line.trim() === '') continue;
      const field = /^([A-Za-z-]+):(.*)$/.exec(line);
      if (field?.[1] !== undefined) last = field[1].toLowerCase();
      const value = field === null ? line : (field[2] ?? '');
      fields.set(last, field === null ? `${fields.get(last) ?? ''}\n${value}` : value);
    }
    const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
    if (!words('types').includes('deb') || /^\s*no\s*$/i.test(fields.get('enabled') ?? '')) return [];
    const source = { uris: words('uris'), suites: words('suites'), components: words('components') };
    return [{ ...source, signedBy: fields.get('signed-by')?.trim() }];
  });
}

/** sources.list(5), "one-line-style format". */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uris: [uri], suites: [suite], components: components.split(/\s+/).filter(Boolean), signedBy }];
  });
}

export function renderDeb822(sources: readonly AptSource[]): string {
  const stanza = (source: AptSource) =>
    [
      'Types: deb',
      `URIs: ${source.uris.join(' ')}`,
      `Suites: ${source.suites.join(' ')}`,
      `Components: ${source.components.join(' ')}`,
      ...(source.signedBy === undefined ? [] : [`Signed-By: ${source.signedBy}`]),
    ].join('\n');
  return `${sources.map(stanza).join('\n\n')}\n`;
}

/** Hosts the package archive lives on: all that the rack's package proxy will speak to. */
export function archiveHosts(sources: readonly AptSource[]): string[] {
  const hosts = sources.flatMap((source) => source.uris.map((uri) => new URL(uri).host));
  return [...new Set(hosts)].sort();
}

/** Where the clock or the mirror is old the host says so to apt; the image then has to hear the same. */
export async function hostAptDateOptions(): Promise<string[]> {
  const { stdout } = await execa('apt-config', ['dump', '--format', '%F "%v";%n']);
  return stdout.split('\n').filter((line) => /^Acquire::(Check-Valid-Until|Check-Date)\b/.test(line));
}

/** The proxy that the host itself needs on its way to the archive. */
export async function hostAptProxy(): Promise<string | undefined> {
  const { stdout } = await execa('apt-config', ['dump', '--format', '%v', 'Acquire::http::Proxy']);
  return stdout.trim() === '' || stdout.trim() === 'DIRECT' ? undefined : stdout.trim();
}
