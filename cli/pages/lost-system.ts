import type { MachineView } from '../../api/index.ts';
import type { PowerState } from '../../model/index.ts';
import { clean, since } from '../text.ts';

/** The power as it was seen last: by an operation, or by looking. */
export function lastSeenPower({
  observedPower,
  knownPower,
}: Pick<MachineView, 'observedPower' | 'knownPower'>): {
  readonly state: PowerState;
  readonly at: string;
} {
  return knownPower && knownPower.at > observedPower.at ? knownPower : observedPower;
}

/** A system that ran from memory went with the power of its machine, and nothing brings it back: says so, and what to do. */
export function lostSystem(machine: MachineView, now: Date): readonly string[] {
  const { name, deployment, state } = machine;
  const seen = lastSeenPower(machine);
  const isLost =
    state === 'Deployed' && deployment?.ephemeral && seen.state === 'off' && seen.at > deployment.since;
  if (!deployment || !isLost) return [];
  return [
    `${clean(deployment.image)} ran from memory, and the power was seen off ${since(seen.at, now)} ago: it is gone.`,
    'Powering it on does not bring it back. Release it, keeping its disks, and deploy it again:',
    `rackwright machine release ${clean(name)} --erase none`,
    `rackwright machine deploy ${clean(name)} --image ${clean(deployment.image)} --ephemeral`,
  ];
}
