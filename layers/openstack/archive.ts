import { lines, shell } from '../../remote/index.ts';
import { reachDemand } from '../parts/demands.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { Demand, LayerStep } from '../layer.ts';
import { mirrored } from '../parts/mirror.ts';
import { aptGet, isInstalled } from '../parts/packages.ts';
import type { Context } from './parameters.ts';
import { STATE } from './paths.ts';

/** Its names are the words of its suites. What a system has itself is not in it. */
const series: Readonly<
  Record<string, { readonly codename: string; readonly releases: Record<string, string> }>
> = {
  'ubuntu/22.04': {
    codename: 'jammy',
    releases: { '2023.1': 'antelope', '2023.2': 'bobcat', '2024.1': 'caracal' },
  },
  'ubuntu/24.04': { codename: 'noble', releases: { '2024.2': 'dalmatian' } },
};

const URL = 'http://ubuntu-cloud.archive.canonical.com/ubuntu';
const SOURCES = '/etc/apt/sources.list.d/rackwright-cloud-archive.sources';
const KEYRING = '/usr/share/keyrings/ubuntu-cloud-keyring.gpg';
const ASKED = `${STATE}/asked-cloud-archive`;

/** Undefined: the system's own packages. */
export function suiteOf({ system, parameters: { release } }: Context): string | undefined {
  const on = series[system];
  const name = release === undefined ? undefined : on?.releases[release];
  return on && name !== undefined ? `${on.codename}-updates/${name}` : undefined;
}

export function archiveDemands(context: Context): readonly Demand[] {
  const { release, mirror } = context.parameters;
  if (release === undefined) return [];
  const suite = suiteOf(context);
  if (suite !== undefined)
    return [reachDemand(`${mirrored(URL, mirror)}/dists/${suite}/InRelease`, context.packageProxy)];
  const choice = Object.keys(series[context.system]?.releases ?? {});
  const why = `${context.system} has ${choice.length > 0 ? `the releases ${choice.join(', ')}, or its own` : 'no release but its own'}`;
  return [
    {
      kind: 'script',
      name: `release ${release}`,
      code: 'LAYER_UNSUPPORTED',
      script: shell`echo ${why}; exit 1`,
    },
  ];
}

/** The key is a package of the distribution, signed as all of them are. */
export function addCloudArchive(context: Context): readonly LayerStep[] {
  const suite = suiteOf(context);
  if (suite === undefined) return [];
  const text = [
    'Types: deb',
    `URIs: ${mirrored(URL, context.parameters.mirror)}`,
    `Suites: ${suite}`,
    'Components: main',
    `Signed-By: ${KEYRING}`,
    '',
  ].join('\n');
  return [
    {
      name: 'add the Cloud Archive',
      does: `Have apt know ${suite} of Ubuntu's Cloud Archive, whose key is in the package ubuntu-cloud-keyring.`,
      done: shell`${isInstalled('ubuntu-cloud-keyring')} && ${hasText(SOURCES, text)} && [ -f ${ASKED} ]`,
      script: lines(
        aptGet(context.packageProxy, '--no-install-recommends', 'install', 'ubuntu-cloud-keyring'),
        putText(SOURCES, text),
        aptGet(context.packageProxy, 'update'),
        shell`mkdir -p ${STATE}`,
        shell`: >${ASKED}`,
      ),
      deadlineMs: 900_000,
    },
  ];
}

export const forgetCloudArchive: LayerStep = {
  name: 'forget the Cloud Archive',
  does: `Remove ${SOURCES}.`,
  done: shell`[ ! -e ${SOURCES} ]`,
  script: shell`rm -f ${[SOURCES, ASKED]}`,
  deadlineMs: 60_000,
};
