import type { ImageLayout, PlannedLayer, PlannedNetwork, PlannedSystem } from '../../model/index.ts';
import { esxiNetwork } from './esxi-network.ts';
import { refuse } from './refuse.ts';

/**
 * What can be asked of a system that configures itself at its first boot.
 * @throws CodedError REQUEST_INVALID naming what it cannot take from us
 */
export function checkAppliance(
  layout: ImageLayout,
  asked: {
    readonly network: PlannedNetwork;
    readonly system: PlannedSystem;
    readonly layers: readonly PlannedLayer[];
  },
): void {
  const { network, layers } = asked;
  const { packages, timezone, users } = asked.system;
  const what = { 'ubuntu-core': 'Ubuntu Core', esxi: 'ESXi' }[layout];
  if (packages.length > 0) refuse('system.packages', `${what} takes no packages of a distribution.`);
  if (layers.length > 0) refuse('layers', `No layers are laid on ${what}.`);
  switch (layout) {
    case 'ubuntu-core': {
      if (timezone !== undefined)
        refuse('system.timezone', 'Ubuntu Core keeps it itself: snap set system system.timezone=ZONE');
      const grouped = users.findIndex(({ groups = [] }) => groups.length > 0);
      if (grouped >= 0)
        refuse(`system.users[${grouped}].groups`, 'The groups of Ubuntu Core cannot be written to.');
      return;
    }
    case 'esxi':
      if (timezone !== undefined) refuse('system.timezone', 'ESXi runs on UTC.');
      if (users.length > 0)
        refuse('system.users', 'ESXi is deployed with root alone, for the keys of sshKeys.');
      esxiNetwork(network);
  }
}
