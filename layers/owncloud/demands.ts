import { shell } from '../../remote/index.ts';
import { apachePortsDemand, memoryDemand, roomDemand } from '../parts/demands.ts';
import { downloadDemands, isDownloaded } from '../parts/download.ts';
import type { Demand } from '../layer.ts';
import {
  type Context,
  defineVersionOf,
  downloadOf,
  LAID,
  laidText,
  releaseOf,
  SCALE_PROGRAM,
  TREE,
} from './places.ts';
import { isLaidAt } from './server.ts';

export function demands(context: Context): readonly Demand[] {
  const { edition, version } = releaseOf(context);
  const download = downloadOf(context);
  const isThere =
    edition === 'server' ? isLaidAt(version) : isDownloaded({ ...download, path: SCALE_PROGRAM });
  return [
    memoryDemand(512),
    roomDemand('/var', 1_500),
    apachePortsDemand,
    sameDemand(context),
    ...(edition === 'server' ? [forwardDemand(version)] : []),
    ...fileDemands(context),
    ...downloadDemands(download, context.packageProxy, isThere),
  ];
}

/** What laying it again would not bring about is refused, rather than left as it was without a word. */
function sameDemand(context: Context): Demand {
  const { dataDirectory } = context.parameters;
  return {
    kind: 'script',
    name: 'edition, administrator and data directory as they were, or nothing there before',
    code: 'LAYER_CONFLICT',
    script: shell`if [ -e ${LAID} ]; then
  [ "$(cat ${LAID})" = ${laidText(context).trimEnd()} ] || { echo "it was laid with edition, adminName and dataDirectory $(tr '\\n' ' ' <${LAID})and they stay"; exit 1; }
elif [ -e ${TREE} ]; then
  echo ${TREE} is there, and not from here
  exit 1
elif [ -n "$(ls -A ${dataDirectory} 2>/dev/null)" ]; then
  echo ${dataDirectory} has files, and not from here
  exit 1
fi`,
  };
}

function forwardDemand(version: string): Demand {
  return {
    kind: 'script',
    name: `no later version than ${version}`,
    code: 'LAYER_UNSUPPORTED',
    script: shell`${defineVersionOf}
has=$(version_of ${TREE})
[ -z "$has" ] || dpkg --compare-versions "$has" le ${version} || { echo "ownCloud $has is there, and never goes back to "${version}; exit 1; }`,
  };
}

function fileDemands({ parameters: { certificateChain, certificateKey, certificateAuthority } }: Context) {
  return [certificateChain, certificateKey, certificateAuthority].flatMap((file): Demand[] =>
    file === undefined
      ? []
      : [
          {
            kind: 'script',
            name: `${file} on the machine`,
            code: 'LAYER_UNSUPPORTED',
            script: shell`[ -s ${file} ] || { echo ${file} is not on the machine; exit 1; }`,
          },
        ],
  );
}
