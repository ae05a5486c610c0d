import { lines, shell } from '../../remote/index.ts';
import { aptFetch } from './demands.ts';
import { hasText, putText } from './file-step.ts';
import type { Demand, LayerContext, LayerStep } from '../layer.ts';
import { mirrored } from './mirror.ts';
import { aptGet } from './packages.ts';

/** A package archive of a vendor, known by the fingerprint of its key. */
export interface VendorArchive {
  /** Of its files: `docker` → /etc/apt/keyrings/docker.gpg and /etc/apt/sources.list.d/docker.sources. */
  readonly name: string;
  readonly keyUrl: string;
  /** 40 hexadecimal digits, capitals, of the one primary key in that file. */
  readonly fingerprint: string;
  readonly url: string;
  readonly suite: string;
  readonly components: readonly string[];
}

type Context = Pick<LayerContext<{ readonly mirror?: string | undefined }>, 'packageProxy' | 'parameters'>;

export function keyringOf({ name }: Pick<VendorArchive, 'name'>): string {
  return `/etc/apt/keyrings/${name}.gpg`;
}

function sourcesFile({ name }: Pick<VendorArchive, 'name'>): string {
  return `/etc/apt/sources.list.d/${name}.sources`;
}

/** sources.list(5), deb822-style format. */
function sourcesText(archive: VendorArchive, mirror: string | undefined): string {
  return [
    'Types: deb',
    `URIs: ${mirrored(archive.url, mirror)}`,
    `Suites: ${archive.suite}`,
    ...(archive.components.length > 0 ? [`Components: ${archive.components.join(' ')}`] : []),
    `Signed-By: ${keyringOf(archive)}`,
    '',
  ].join('\n');
}

export function archiveDemand(archive: VendorArchive, { parameters: { mirror } }: Context): Demand {
  return {
    kind: 'key',
    name: `the key of the ${archive.name} archive`,
    url: mirrored(archive.keyUrl, mirror),
    fingerprint: archive.fingerprint,
  };
}

/** The key, the source, and what is in it. The key is held against its fingerprint again: the demand may be days old. */
export function addArchive(archive: VendorArchive, context: Context): readonly LayerStep[] {
  const { packageProxy, parameters } = context;
  const [keyring, sources] = [keyringOf(archive), sourcesFile(archive)];
  const text = sourcesText(archive, parameters.mirror);
  return [
    {
      name: `trust the ${archive.name} archive`,
      does: `Keep the key ${archive.fingerprint} in ${keyring}, for this archive alone.`,
      done: shell`[ -f ${keyring} ] && [ "$(gpg --show-keys --with-colons ${keyring} 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }')" = ${archive.fingerprint} ]`,
      script: lines(
        shell`command -v gpg >/dev/null || ${aptGet(packageProxy, '--no-install-recommends', 'install', 'gpg')}`,
        shell`draft=$(mktemp -d)`,
        shell`trap 'rm -rf "$draft"' EXIT`,
        shell`${aptFetch(packageProxy, mirrored(archive.keyUrl, parameters.mirror))} "$draft/key"`,
        shell`has=$(gpg --show-keys --with-colons "$draft/key" | awk -F: '$1 == "pub" { next_is_primary = 1 } $1 == "fpr" && next_is_primary { print $10; next_is_primary = 0 }')`,
        shell`[ "$has" = ${archive.fingerprint} ] || { echo "the key there is $has"; exit 1; }`,
        shell`mkdir -p /etc/apt/keyrings`,
        shell`if grep -aq 'BEGIN PGP PUBLIC KEY' "$draft/key"; then gpg --dearmor <"$draft/key" >"$draft/keyring"; else cp "$draft/key" "$draft/keyring"; fi`,
        shell`install -m 0644 "$draft/keyring" ${keyring}.rackwright-new`,
        shell`mv ${keyring}.rackwright-new ${keyring}`,
      ),
      deadlineMs: 300_000,
    },
    {
      name: `add the ${archive.name} archive`,
      does: `Have apt know ${mirrored(archive.url, parameters.mirror)}, and ask it what it has.`,
      done: shell`${hasText(sources, text)} && [ -f ${askedMark(archive)} ]`,
      script: lines(
        putText(sources, text),
        shell`${aptGet(packageProxy, 'update')} -o Dir::Etc::sourcelist=${sources} -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0`,
        shell`mkdir -p /var/lib/rackwright`,
        shell`: >${askedMark(archive)}`,
      ),
      deadlineMs: 600_000,
    },
  ];
}

function askedMark({ name }: Pick<VendorArchive, 'name'>): string {
  return `/var/lib/rackwright/asked-${name}`;
}

export function removeArchive(archive: Pick<VendorArchive, 'name'>): LayerStep {
  const files = [sourcesFile(archive), keyringOf(archive), askedMark(archive)];
  return {
    name: `forget the ${archive.name} archive`,
    does: `Remove ${files.slice(0, 2).join(' and ')}.`,
    done: files.map((file) => shell`[ ! -e ${file} ]`).reduce((sum, each) => shell`${sum} && ${each}`),
    script: shell`rm -f ${files}`,
    deadlineMs: 60_000,
  };
}
