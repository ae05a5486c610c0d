import { setTimeout as delay } from 'node:timers/promises';
import type { Event } from '../../model/index.ts';
import { type CommandSpec, isSet, text } from '../command.ts';
import { CommandError, usageError } from '../command-error.ts';
import { exitStatus } from '../exit-status.ts';
import { findMachine } from '../find.ts';
import { cleanJson, type View } from '../output.ts';
import type { Session } from '../session.ts';
import { clean, clock } from '../text.ts';

export const command: CommandSpec = {
  description:
    'What happened to a machine, or to all of them, oldest first. With --follow it goes on until Ctrl-C.',
  flags: [
    { flags: '-f, --follow', description: 'go on with what happens next' },
    { flags: '--limit <number>', description: 'only the newest ones', fallback: '50' },
  ],
  examples: [
    'rackwright machine events r1-u1',
    'rackwright machine events r1-u1 --follow',
    'rackwright machine events --follow -o jsonl',
  ],
  async run({ args, options, session }) {
    const limit = Number(text(options, 'limit'));
    if (!Number.isInteger(limit) || limit < 0) throw usageError('--limit must be a whole number');
    const name = args[0];
    const filter = name === undefined ? '' : `&machine=${(await findMachine(session.api, name)).id}`;
    const { newest, cursor } = await readNewest(session, filter, limit);
    if (!isSet(options, 'follow')) {
      await session.print(newest, view);
      return exitStatus.done;
    }
    for (const event of newest) show(session, event);
    return followEvents(session, `/v1/events?after=${cursor}${filter}`);
  },
};

const view: View<Event> = {
  name: ({ cursor }) => String(cursor),
  columns: [
    { title: 'CURSOR', cell: ({ cursor }) => String(cursor), wide: true },
    { title: 'TIME', cell: ({ at }) => at.replace(/\.\d+Z$/, 'Z') },
    { title: 'MACHINE', cell: ({ machineId }) => machineId ?? '' },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'WHAT', cell: ({ message }) => message },
  ],
};

async function readNewest(session: Session, filter: string, limit: number) {
  let cursor = 0;
  let newest: readonly Event[] = [];
  for (;;) {
    const page = await session.api.get<{ items: Event[]; next: number }>(
      `/v1/events?after=${cursor}&limit=1000${filter}`,
    );
    newest = limit === 0 ? [] : [...newest, ...page.items].slice(-limit);
    cursor = page.next;
    if (page.items.length < 1000) return { newest, cursor };
  }
}

async function followEvents(session: Session, path: string): Promise<number> {
  const leave = new AbortController();
  process.once('SIGINT', () => leave.abort());
  const limit = session.timeoutMs === undefined ? undefined : AbortSignal.timeout(session.timeoutMs);
  const signal = limit ? AbortSignal.any([leave.signal, limit]) : leave.signal;
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      for await (const event of session.api.events(path, signal, last)) {
        last = event.id || last;
        if (event.data !== '') show(session, JSON.parse(event.data) as Event);
      }
    } catch (error) {
      if (signal.aborted) break;
      const isPassing = !(error instanceof CommandError) || error.report.code === 'API_UNREACHABLE';
      if (!isPassing) throw error;
      if (last === undefined && error instanceof CommandError) throw error;
    }
    await delay(1000, undefined, { signal }).catch(() => undefined);
  }
  return leave.signal.aborted ? exitStatus.detached : exitStatus.done;
}

function show({ form, around }: Session, event: Event): void {
  const isForPrograms = form === 'json' || form === 'jsonl' || form === 'yaml';
  const { at, machineId, kind, message } = event;
  const line = isForPrograms
    ? cleanJson(event)
    : [clock(at), machineId ?? '-', kind, message].map(clean).join('  ');
  around.stdout.write(`${line}\n`);
}
