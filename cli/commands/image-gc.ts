import { type CommandSpec, isSet, text } from '../command.ts';
import { usageError } from '../command-error.ts';
import { canAsk, confirm, demandConsent } from '../confirm.ts';
import { exitStatus } from '../exit-status.ts';
import type { GcAnswer } from '../../model/index.ts';
import type { View } from '../output.ts';
import type { Session } from '../session.ts';
import { bytes, clean } from '../text.ts';

export const command: CommandSpec = {
  description:
    'Take away images that newer serials replaced, and files that belong to no image. What a machine, a boot, a running operation or a subnet needs stays, and so does what came within the last hour.',
  flags: [
    { flags: '--keep <count>', description: 'newest serials of each image that stay', fallback: '2' },
    { flags: '--plan', description: 'only show what would go' },
    { flags: '--yes', description: 'do not ask' },
  ],
  examples: ['rackwright image gc --plan', 'rackwright image gc --keep 1 --yes'],
  async run({ options, session }) {
    const given = text(options, 'keep') ?? '';
    if (!/^[1-9]\d?$/.test(given)) throw usageError(`--keep ${given} is no number from 1 to 99`);
    const keep = Number(given);
    const collect = (plan: boolean) => session.api.send<GcAnswer>('POST', '/v1/images/gc', { keep, plan });
    const onlyPlan = isSet(options, 'plan');
    const hasConsent = isSet(options, 'yes');
    if (!onlyPlan) demandConsent(session, 'image gc', hasConsent);
    if (onlyPlan || (!hasConsent && canAsk(session))) {
      const plan = await collect(true);
      if (onlyPlan) {
        await session.print([plan], gcView('would go'), true);
        return exitStatus.done;
      }
      for (const line of gcPage('would go')(plan)) session.say(line);
      if (plan.files.length + plan.images.length === 0) return exitStatus.done;
      if (!(await agreed(session))) return exitStatus.usage;
    }
    await session.print([await collect(false)], gcView('gone'), true);
    return exitStatus.done;
  },
};

async function agreed(session: Session): Promise<boolean> {
  if (await confirm(session, 'Take these away?')) return true;
  session.say('Nothing was done.');
  return false;
}

const gcView = (verb: string): View<GcAnswer> => ({
  columns: [],
  name: ({ bytes }) => String(bytes),
  page: gcPage(verb),
});

const gcPage =
  (verb: string) =>
  ({ images, files, bytes: freed, waits }: GcAnswer): readonly string[] => [
    ...images.map(
      ({ name, serial, arch, kernel }) => `${verb}: ${clean(`${name}@${serial} ${arch} ${kernel}`)}`,
    ),
    `${files.length} files ${verb}, ${bytes(freed)}`,
    ...(waits === undefined ? [] : [`waits: ${clean(waits)}`]),
  ];
