import { shell } from '../../remote/index.ts';
import { apachePortsDemand, memoryDemand, roomDemand } from '../parts/demands.ts';
import { hardwareDemands } from '../kvm/hardware.ts';
import type { Demand } from '../layer.ts';
import { archiveDemands } from './archive.ts';
import { certificateDemands } from './certificate-step.ts';
import { does } from './duties.ts';
import { networkDemands } from './networks.ts';
import type { Context } from './parameters.ts';
import { volumeDemands } from './volume-group.ts';

/** Measured: the services of a controller hold 3.5 GiB, and its kernel wants room for files of the database and of images. */
const CONTROLLER_MIB = 6_144;
const OTHER_MIB = 2_048;
/** Packages, the database and first images; a guest's disk is on top of it. */
const ROOM_MIB = 20_480;

/** Other machines know this one by its name and this address, and so do its services. */
function addressDemand({ address }: Context): Demand {
  return {
    kind: 'script',
    name: `the address ${address} is the machine's own`,
    code: 'LAYER_UNMET',
    script: shell`ip -o -4 address show | grep -qF ${` ${address}/`} || { echo "no card has "${address}; exit 1; }`,
  };
}

function cardDemands(context: Context): readonly Demand[] {
  const { externalInterface } = context.parameters;
  if (externalInterface === undefined || !does(context, 'network')) return [];
  return [
    {
      kind: 'script',
      name: `the card ${externalInterface} is free`,
      code: 'LAYER_UNMET',
      script: shell`[ -e ${`/sys/class/net/${externalInterface}`} ] || { echo "there is no card "${externalInterface}; exit 1; }
[ -z "$(ip -o -4 address show dev ${externalInterface})" ] || { echo ${externalInterface}" has an address, and would lose it"; exit 1; }`,
    },
  ];
}

export function demandsOf(context: Context): readonly Demand[] {
  const isController = context.role === 'controller';
  return [
    memoryDemand(isController ? CONTROLLER_MIB : OTHER_MIB),
    roomDemand('/var', ROOM_MIB),
    addressDemand(context),
    ...(isController ? [apachePortsDemand] : []),
    ...certificateDemands(context),
    ...(does(context, 'compute') && !context.parameters.emulation ? hardwareDemands : []),
    ...cardDemands(context),
    ...networkDemands(context),
    ...volumeDemands(context),
    ...archiveDemands(context),
  ];
}
