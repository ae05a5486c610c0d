import type { DeclaredView, MachineView } from '../../api/index.ts';
import { powerAddress } from '../../model/index.ts';
import { type CommandSpec, text } from '../command.ts';
import { everyMachine } from '../every-machine.ts';
import type { Column, View } from '../output.ts';
import { stateWord } from '../pages/declared-view.ts';
import { addressOf } from '../pages/machine-page.ts';
import { waitingWord } from '../pages/now-sentence.ts';
import type { Session } from '../session.ts';
import { since } from '../text.ts';

export const command: CommandSpec = {
  description:
    'Machines, what each is doing, and what it waits for. Those that were declared and have not arrived stand below, as Declared; only for people, for nothing can be asked of them (rackwright machine declared).',
  flags: [{ flags: '--state <state>', description: 'only machines in this state, such as Ready' }],
  examples: [
    'rackwright machine list',
    'rackwright machine list -o wide',
    'rackwright machine list --state Ready -o name',
  ],
  async run({ options, session }) {
    const state = text(options, 'state')?.toLowerCase();
    const all = await everyMachine(session.api, []);
    const machines = all.filter((machine) => !state || machine.state.toLowerCase() === state);
    const isForPeople = session.form === 'table' || session.form === 'wide';
    const awaited = isForPeople ? await findAwaited(session, state) : [];
    await session.print([...machines, ...awaited], view(new Date()));
    if (machines.length + awaited.length === 0)
      session.say('No machine. Power one on in a subnet with discovery on; it shows up by itself.');
    return 0;
  },
};

/** Declared, and not a machine yet that anybody has seen. */
async function findAwaited({ api }: Session, state: string | undefined): Promise<readonly DeclaredView[]> {
  const { items } = await api.get<{ items: DeclaredView[] }>('/v1/declared');
  return items.filter((view) => !view.seen && (!state || stateWord(view).toLowerCase() === state));
}

type Row = MachineView | DeclaredView;

const view = (now: Date): View<Row> => ({
  name: (row) => ('declared' in row ? row.declared.name : row.name),
  columns: [
    column('NAME', ({ name }) => name, { awaited: ({ declared }) => declared.name }),
    column('STATE', ({ state }) => state, { awaited: stateWord }),
    column('SINCE', (machine) => since(changedAt(machine), now)),
    column('WAITING FOR', (machine) => waitingWord(machine) || machine.failure?.code || '', {
      awaited: ({ conflict }) => conflict ?? 'it to arrive',
    }),
    column('ADDRESS', (machine) => addressOf(machine)[0] ?? ''),
    column('IMAGE', ({ deployment }) => deployment?.image ?? ''),
    column('POWER', ({ observedPower }) => observedPower.state),
    column('LAYERS', ({ layers }) => layers.map(({ name }) => name).join(','), { wide: true }),
    column('ID', ({ id }) => id, { wide: true }),
    column('FIRMWARE', ({ firmware }) => firmware, { wide: true }),
    column('ARCH', ({ arch }) => arch, { wide: true }),
    column('BMC', ({ power }) => powerAddress(power), { wide: true }),
    column('SERIAL', ({ identity }) => identity.serial, {
      wide: true,
      awaited: ({ declared }) => declared.serial ?? '',
    }),
    column('MACS', ({ identity }) => identity.macs.join(','), {
      wide: true,
      awaited: ({ declared }) => declared.macs.join(','),
    }),
  ],
});

/** What is not known of a machine that has not arrived stays empty. */
function column(
  title: string,
  cell: (machine: MachineView) => string,
  more: { readonly awaited?: (view: DeclaredView) => string; readonly wide?: true } = {},
): Column<Row> {
  const { awaited = () => '', wide } = more;
  return { title, cell: (row) => ('declared' in row ? awaited(row) : cell(row)), ...(wide && { wide }) };
}

/** When it came into its state: with an operation that began or ended, or when it was found. */
function changedAt({ operation, createdAt }: MachineView): string {
  return operation?.endedAt ?? operation?.startedAt ?? createdAt;
}
