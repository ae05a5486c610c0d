import type { MachineView } from '../../api/index.ts';
import { type PowerState, runsItsSystem } from '../../model/index.ts';
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

/** Where the machine answers over SSH now: the system on it, or the one in its memory. */
export function placeNow({
  state,
  deployment,
  session,
}: Pick<MachineView, 'state' | 'deployment' | 'session'>):
  | MachineView['session']
  | MachineView['deployment'] {
  return runsItsSystem(state) ? (deployment ?? session) : (session ?? deployment);
}

/** What people have to know of the system that was put on a machine, and what to do: nothing, most of the time. */
export function systemLines(machine: MachineView, now: Date): readonly string[] {
  const lost = lostSystem(machine, now);
  return lost.length > 0 ? lost : unfinishedLayers(machine);
}

/** What the deployment was to lay on the system did not come; the system did. */
function unfinishedLayers({ name, state, deployment }: MachineView): readonly string[] {
  if (state !== 'Failed layers' || !deployment) return [];
  return [
    `${clean(deployment.image)} is there and answers; of the layers that the deployment was to lay, not all are there.`,
    'When the reason is mended, lay them, or keep the system as it is:',
    `rackwright layer apply LAYER ${clean(name)}`,
    `rackwright machine override-failed ${clean(name)} --reason 'without its layers'`,
  ];
}

/** A system that ran from memory went with the power of its machine, and nothing brings it back. */
function lostSystem(machine: MachineView, now: Date): readonly string[] {
  const { name, deployment, state } = machine;
  const seen = lastSeenPower(machine);
  const isLost =
    runsItsSystem(state) && deployment?.ephemeral && seen.state === 'off' && seen.at > deployment.since;
  if (!deployment || !isLost) return [];
  return [
    `${clean(deployment.image)} ran from memory, and the power was seen off ${since(seen.at, now)} ago: it is gone.`,
    'Powering it on does not bring it back. Release it, keeping its disks, and deploy it again:',
    `rackwright machine release ${clean(name)} --erase none`,
    `rackwright machine deploy ${clean(name)} --image ${clean(deployment.image)} --ephemeral`,
  ];
}
