import { z } from 'zod';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { aptFetch } from './demands.ts';
import type { Demand, LayerStep } from '../layer.ts';

/** Of layers that download one file whose checksum is not built in. Checked when it is laid: what is removed needs none. */
export const downloadParameters = {
  /** Of the file, as its vendor publishes it. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'is not 64 hexadecimal digits in lower case')
    .optional(),
  /** Where the file is, when it is not where its vendor keeps that version. */
  download: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .regex(/^[!-~]*$/, 'has characters that no URL has')
    .optional(),
};

/** One file of a vendor, pinned. */
export interface Download {
  /** Through the mirror, if there is one. */
  readonly url: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Where it is on the machine. */
  readonly path: string;
}

/** Not in /tmp, which may be memory. */
const draftFolder = shell`draft=$(mktemp -d -p /var/tmp)`;

/**
 * That it is reached, which ends with its first bytes, and that it is what was pinned, for which all of it is fetched.
 * Nothing is left on the machine. Neither is asked when `unless` holds.
 */
export function downloadDemands(
  { url, sha256 }: Download,
  packageProxy: string | undefined,
  unless: Shell,
): readonly Demand[] {
  return [
    {
      kind: 'script',
      name: `${url} is reached`,
      code: 'MIRROR_UNREACHABLE',
      script: lines(
        shell`if ${unless}; then exit 0; fi`,
        draftFolder,
        shell`fetch=`,
        shell`trap '[ -z "$fetch" ] || kill "$fetch" 2>/dev/null || true; rm -rf "$draft"' EXIT`,
        shell`${aptFetch(packageProxy, url)} "$draft/file" >"$draft/said" 2>&1 &`,
        shell`fetch=$!`,
        shell`while kill -0 "$fetch" 2>/dev/null; do
  [ ! -s "$draft/file" ] || exit 0
  sleep 0.1
done`,
        shell`wait "$fetch" || { echo ${url} is not reached: "$(grep -a '^E:' "$draft/said" | head -n 1 | cut -c 4-200)"; exit 1; }`,
      ),
    },
    {
      kind: 'script',
      name: `${url} is what was pinned`,
      code: 'DOWNLOAD_DIFFERS',
      script: lines(
        shell`if ${unless}; then exit 0; fi`,
        draftFolder,
        shell`trap 'rm -rf "$draft"' EXIT`,
        shell`${aptFetch(packageProxy, url)} "$draft/file" >"$draft/said" 2>&1 || { echo ${url} is not fetched: "$(grep -a '^E:' "$draft/said" | head -n 1 | cut -c 4-200)"; exit 1; }`,
        shell`has=$(sha256sum "$draft/file" | cut -d ' ' -f 1)`,
        shell`[ "$has" = ${sha256} ] || { echo ${url} has the SHA-256 "$has, and not" ${sha256}; exit 1; }`,
      ),
    },
  ];
}

export function isDownloaded({ path, sha256 }: Download): Shell {
  return shell`[ -f ${path} ] && [ "$(sha256sum ${path} | cut -d ' ' -f 1)" = ${sha256} ]`;
}

/** Whole and checked, or not at all. */
export function fetchDownload(download: Download, packageProxy: string | undefined): Shell {
  const { url, sha256, path } = download;
  const draft = `${path}.part`;
  return lines(
    shell`mkdir -p ${path.slice(0, path.lastIndexOf('/'))}`,
    shell`rm -f ${draft}`,
    shell`${aptFetch(packageProxy, url)} ${draft}`,
    shell`has=$(sha256sum ${draft} | cut -d ' ' -f 1)`,
    shell`[ "$has" = ${sha256} ] || { rm -f ${draft}; echo ${url} has the SHA-256 "$has, and not" ${sha256}; exit 1; }`,
    shell`mv ${draft} ${path}`,
  );
}

export function fetchStep(download: Download, packageProxy: string | undefined, unless: Shell): LayerStep {
  return {
    name: `fetch ${download.path.slice(download.path.lastIndexOf('/') + 1)}`,
    does: `Fetch ${download.url}, which has the SHA-256 ${download.sha256}.`,
    done: shell`{ ${unless}; } || { ${isDownloaded(download)}; }`,
    script: fetchDownload(download, packageProxy),
    deadlineMs: 1_800_000,
  };
}
