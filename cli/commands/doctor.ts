import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { HealthCheck, HealthReport } from '../../api/index.ts';
import { type CommandSpec, text } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { exitStatus } from '../exit-status.ts';
import { findMachine } from '../find.ts';
import type { Session } from '../session.ts';
import { painter } from '../style.ts';
import { clean } from '../text.ts';

export const command: CommandSpec = {
  description:
    'Check every part of the service and what this computer must have, and say what to do about what is not well.',
  flags: [{ flags: '--machine <name>', description: 'look at this machine as well' }],
  examples: ['rackwright doctor', 'rackwright doctor --machine r1-u1', 'rackwright doctor -o json'],
  async run({ options, session }) {
    const checks = [...(await checkHere(session)), ...(await checkService(session))];
    const name = text(options, 'machine');
    if (name !== undefined) checks.push(await checkMachine(session, name));
    const paint = painter(session.color && session.around.stdout.isTTY);
    const isForPeople = session.form === 'table' || session.form === 'wide';
    if (isForPeople) {
      for (const { ok, name: what, message, next = [] } of checks) {
        const sign = ok ? paint('green', '✓') : paint('red', '✗');
        session.around.stdout.write(`${sign} ${clean(what).padEnd(12)}  ${clean(message)}\n`);
        if (!ok) for (const line of next) session.around.stdout.write(`    do:  ${clean(line)}\n`);
      }
    } else await session.print(checks, { columns: [], name: (check) => check.name });
    return checks.every(({ ok }) => ok) ? exitStatus.done : exitStatus.failed;
  },
};

/** Programs that the service runs, and what for. */
const tools = {
  ssh: 'rackwright machine ssh uses it: install package openssh-client',
  ipmitool: 'BMCs are spoken to with it: install package ipmitool',
} as const;

async function checkHere(session: Session): Promise<HealthCheck[]> {
  const { dataDir, around } = session;
  const path = (around.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  const checks = await Promise.all(
    Object.entries(tools).map(async ([tool, reason]): Promise<HealthCheck> => {
      const found = await Promise.all(path.map((directory) => canRun(join(directory, tool))));
      const index = found.indexOf(true);
      return index >= 0
        ? { name: tool, ok: true, message: join(path[index] as string, tool) }
        : { name: tool, ok: false, message: 'is not on the path', next: [reason] };
    }),
  );
  const mode = (await stat(dataDir).catch(() => undefined))?.mode;
  const isOpen = mode !== undefined && (mode & 0o077) !== 0;
  if (mode === undefined)
    checks.push({ name: 'data-dir', ok: false, message: `there is no ${dataDir}`, next: ['rackwright up'] });
  else if (isOpen)
    checks.push({
      name: 'data-dir',
      ok: false,
      message: `${dataDir} can be read by others`,
      next: [`chmod 700 ${dataDir}`],
    });
  else checks.push({ name: 'data-dir', ok: true, message: dataDir });
  return checks;
}

async function checkService({ api }: Session): Promise<readonly HealthCheck[]> {
  try {
    const { checks } = await api.get<HealthReport>('/v1/health');
    return [{ name: 'api', ok: true, message: `answers at ${api.socketPath}` }, ...checks];
  } catch (error) {
    return [failed('api', error)];
  }
}

async function checkMachine({ api }: Session, name: string): Promise<HealthCheck> {
  try {
    const { observedPower, power } = await findMachine(api, name);
    if (power.driver === 'manual')
      return { name, ok: true, message: 'has no BMC; its power is switched by hand' };
    if (observedPower.error === undefined)
      return { name, ok: true, message: `its BMC answers: power ${observedPower.state}` };
    return { name, ok: false, message: observedPower.error, next: [`rackwright machine set ${name} --help`] };
  } catch (error) {
    return failed(name, error);
  }
}

function failed(name: string, error: unknown): HealthCheck {
  if (!(error instanceof CommandError)) throw error;
  return { name, ok: false, message: error.report.message, next: error.report.next };
}

async function canRun(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
