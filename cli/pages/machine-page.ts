import type { MachineView } from '../../api/index.ts';
import { describePower } from '../../model/index.ts';
import { reportOf } from '../command-error.ts';
import { reportLines } from '../report.ts';
import { renderPairs } from '../table.ts';
import { clean, since } from '../text.ts';
import { type InventoryView, inventoryLines } from './inventory-lines.ts';
import { lastSeenPower, placeNow, systemLines } from './system-lines.ts';
import { nowSentence } from './now-sentence.ts';

/** Everything about a machine on one page. */
export function machinePage(
  machine: MachineView,
  inventory: InventoryView | undefined,
  now: Date,
  /** Why nobody can work on it, where that is so. */
  unserved?: string,
): readonly string[] {
  const { deployment, session, failure } = machine;
  const facts = [
    machine.state,
    ...(deployment ? [deployment.image] : []),
    ...addressOf(machine),
    `power ${machine.observedPower.state}`,
    `site ${machine.site}`,
  ];
  return [
    `${clean(machine.name)}  ${clean(machine.id)}  ${facts.map(clean).join(' · ')}`,
    ...renderPairs([
      ['now', [nowSentence(machine, now), ...(unserved === undefined ? [] : [unserved])]],
      [
        'hardware',
        inventory
          ? inventoryLines(inventory)
          : [`not known yet: ${machine.firmware}, ${machine.arch}, ${machine.identity.macs.join(' ')}`],
      ],
      ...(machine.locked
        ? [['locked', [`for ${since(machine.locked.since, now)}: ${clean(machine.locked.reason)}`]] as const]
        : []),
      ['power', [powerLine(machine, now)]],
      ...(deployment
        ? [
            [
              'system',
              [
                `${clean(deployment.image)} ${clean(deployment.imageSerial)}, for ${since(deployment.since, now)}, host key ${deployment.adopted ? 'as it was given' : `pinned by the ${deployment.pin ?? 'network'}`}`,
                ...systemLines(machine, now),
              ],
            ] as const,
          ]
        : []),
      ...(session
        ? [
            [
              'in memory',
              [
                `at ${session.address}, for ${since(session.since, now)}, host key pinned by the ${session.pin ?? 'network'}`,
              ],
            ] as const,
          ]
        : []),
      ...(machine.layers.length > 0
        ? [
            [
              'layers',
              machine.layers.map(
                (layer) => `${clean(layer.name)} ${clean(layer.version)}, for ${since(layer.since, now)}`,
              ),
            ] as const,
          ]
        : []),
      ['may', [machine.allowedOperations.join(', ') || 'nothing until the operation has ended']],
    ]),
    ...(failure ? reportLines(reportOf(failure)) : []),
  ];
}

export function addressOf(machine: Pick<MachineView, 'state' | 'deployment' | 'session'>): readonly string[] {
  const place = placeNow(machine);
  return place ? [place.address] : [];
}

/** What was seen last, by an operation or by looking; a look that failed is told beside it. */
function powerLine(machine: MachineView, now: Date): string {
  const { power, knownPower } = machine;
  const seen = lastSeenPower(machine);
  const trouble = knownPower?.trouble
    ? `; the look ${since(knownPower.trouble.at, now)} ago failed: ${clean(knownPower.trouble.error)}`
    : '';
  return `${seen.state}, seen ${since(seen.at, now)} ago; ${clean(describePower(power))}${trouble}`;
}
