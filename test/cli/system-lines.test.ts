import { describe, expect, it } from 'vitest';
import type { MachineView } from '../../api/index.ts';
import { machinePage } from '../../cli/pages/machine-page.ts';
import { placeNow } from '../../cli/pages/system-lines.ts';
import { whyPage } from '../../cli/pages/why-page.ts';
import { ipv4 } from '../../net/index.ts';
import { hostKey, machine } from '../api/records.ts';

const since = '2026-11-22T10:00:00.000Z';
const later = '2026-11-22T11:00:00.000Z';
const now = new Date('2026-11-22T11:05:00.000Z');

function deployed(values: Partial<MachineView>, ephemeral = true): MachineView {
  const deployment = {
    operationId: 'm-4/deploy/1',
    image: 'debian/12',
    imageSerial: '20261101',
    ...(ephemeral && { ephemeral: true as const }),
    address: ipv4('10.78.0.11'),
    hostKeys: [hostKey],
    since,
  };
  const record = machine('m-4', { name: 'r1-u4', state: 'Deployed', deployment });
  return { ...record, allowedOperations: ['release'], ...values };
}

const pages = (view: MachineView): readonly string[] => [
  whyPage(view, undefined, now, (_style, text) => text).join('\n'),
  machinePage(view, undefined, now).join('\n'),
];

describe('a system in memory whose machine lost its power', () => {
  const off = { state: 'off', at: later } as const;

  it.each([
    ['an operation saw it', { observedPower: off }],
    ['somebody looked', { knownPower: { ...off, source: 'redfish' as const } }],
  ])('is told as gone, with what to do: %s', (_, values) => {
    for (const page of pages(deployed(values))) {
      expect(page).toContain('debian/12 ran from memory, and the power was seen off 5m ago: it is gone.');
      expect(page).toContain('rackwright machine release r1-u4 --erase none');
      expect(page).toContain('rackwright machine deploy r1-u4 --image debian/12 --ephemeral');
    }
  });

  it.each([
    ['it is on', deployed({})],
    [
      'it is on again',
      deployed({ observedPower: off, knownPower: { state: 'on', at: now.toISOString(), source: 'redfish' } }),
    ],
    ['it was off before', deployed({ observedPower: { state: 'off', at: '2026-11-22T09:00:00.000Z' } })],
    ['its system is on a disk', deployed({ observedPower: off }, false)],
    ['it is being released', deployed({ observedPower: off, state: 'Releasing' })],
  ])('is not told when %s', (_, view) => {
    for (const page of pages(view)) expect(page).not.toContain('it is gone');
  });
});

it('a deployment that failed in its layers is told with what to do, and where its system answers', () => {
  const squashfs = '0'.repeat(64);
  const session = { bootId: 'b-1', address: ipv4('10.78.0.101'), hostKeys: [hostKey], squashfs, since };
  const view = deployed({ state: 'Failed layers', session }, false);
  for (const page of pages(view)) {
    expect(page).toContain('debian/12 is there and answers');
    expect(page).toContain('rackwright layer apply LAYER r1-u4');
    expect(page).toContain("rackwright machine override-failed r1-u4 --reason 'without its layers'");
  }
  expect(placeNow(view)?.address).toBe('10.78.0.11');
});
