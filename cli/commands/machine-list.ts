import type { MachineView } from '../../api/index.ts';
import { powerAddress } from '../../model/index.ts';
import { type CommandSpec, text } from '../command.ts';
import type { View } from '../output.ts';
import { addressOf } from '../pages/machine-page.ts';
import { waitingWord } from '../pages/now-sentence.ts';
import { since } from '../text.ts';

export const command: CommandSpec = {
  description: 'Machines, what each is doing, and what it waits for.',
  flags: [{ flags: '--state <state>', description: 'only machines in this state, such as Ready' }],
  examples: [
    'rackwright machine list',
    'rackwright machine list -o wide',
    'rackwright machine list --state Ready -o name',
  ],
  async run({ options, session }) {
    const state = text(options, 'state')?.toLowerCase();
    const machines: MachineView[] = [];
    let after: string | undefined;
    do {
      const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
      const page = await session.api.get<{ items: MachineView[]; next?: string }>(
        `/v1/machines?limit=200${query}`,
      );
      machines.push(...page.items.filter((machine) => !state || machine.state.toLowerCase() === state));
      after = page.next;
    } while (after !== undefined);
    await session.print(machines, view(new Date()));
    if (machines.length === 0)
      session.say('No machine. Power one on in a subnet with discovery on; it shows up by itself.');
    return 0;
  },
};

const view = (now: Date): View<MachineView> => ({
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'SINCE', cell: (machine) => since(changedAt(machine), now) },
    { title: 'WAITING FOR', cell: (machine) => waitingWord(machine) || machine.failure?.code || '' },
    { title: 'ADDRESS', cell: (machine) => addressOf(machine)[0] ?? '' },
    { title: 'IMAGE', cell: ({ deployment }) => deployment?.image ?? '' },
    { title: 'POWER', cell: ({ observedPower }) => observedPower.state },
    { title: 'LAYERS', cell: ({ layers }) => layers.map(({ name }) => name).join(','), wide: true },
    { title: 'ID', cell: ({ id }) => id, wide: true },
    { title: 'FIRMWARE', cell: ({ firmware }) => firmware, wide: true },
    { title: 'ARCH', cell: ({ arch }) => arch, wide: true },
    { title: 'BMC', cell: ({ power }) => powerAddress(power), wide: true },
    { title: 'SERIAL', cell: ({ identity }) => identity.serial, wide: true },
    { title: 'MACS', cell: ({ identity }) => identity.macs.join(','), wide: true },
  ],
});

/** When it came into its state: with an operation that began or ended, or when it was found. */
function changedAt({ operation, createdAt }: MachineView): string {
  return operation?.endedAt ?? operation?.startedAt ?? createdAt;
}
