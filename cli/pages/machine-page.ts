import type { MachineView } from '../../api/index.ts';
import { reportOf } from '../command-error.ts';
import { reportLines } from '../report.ts';
import { renderPairs } from '../table.ts';
import { clean, since } from '../text.ts';
import { type InventoryView, inventoryLines } from './inventory-lines.ts';
import { nowSentence } from './now-sentence.ts';

/** Everything about a machine on one page. */
export function machinePage(
  machine: MachineView,
  inventory: InventoryView | undefined,
  now: Date,
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
      ['now', [nowSentence(machine, now)]],
      [
        'hardware',
        inventory
          ? inventoryLines(inventory)
          : [`not known yet: ${machine.firmware}, ${machine.arch}, ${machine.identity.macs.join(' ')}`],
      ],
      ['power', [powerLine(machine, now)]],
      ...(deployment
        ? [
            [
              'system',
              [
                `${clean(deployment.image)} ${clean(deployment.imageSerial)}, for ${since(deployment.since, now)}`,
              ],
            ] as const,
          ]
        : []),
      ...(session
        ? [['in memory', [`at ${session.address}, for ${since(session.since, now)}`]] as const]
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

export function addressOf({
  state,
  deployment,
  session,
}: Pick<MachineView, 'state' | 'deployment' | 'session'>): readonly string[] {
  const place = state === 'Deployed' ? (deployment ?? session) : (session ?? deployment);
  return place ? [place.address] : [];
}

function powerLine({ power, observedPower }: MachineView, now: Date): string {
  const how =
    power.driver === 'manual'
      ? 'by hand'
      : `${power.driver} ${power.address}:${power.port} as ${clean(power.username)}, cipher suite ${power.cipherSuite}`;
  const trouble = observedPower.error ? `; last look failed: ${clean(observedPower.error)}` : '';
  return `${observedPower.state}, seen ${since(observedPower.at, now)} ago; ${how}${trouble}`;
}
