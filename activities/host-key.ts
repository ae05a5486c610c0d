import { CodedError, type EphemeralSession, type MachineRecord } from '../model/index.ts';
import { fingerprint } from '../remote/index.ts';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './deps.ts';

/** The system in memory says its key every five seconds. */
const CONSOLE_MS = 60_000;

type Session = Pick<EphemeralSession, 'bootId' | 'hostKeys'>;
type Machine = Pick<MachineRecord, 'id' | 'name' | 'power'>;

/**
 * Holds the key that a machine said hello with against the one that it says on its console, which goes through its BMC
 * (docs/security.md, rule 10).
 * @throws CodedError CONSOLE_KEY_DIFFERS, CONSOLE_SILENT
 */
export async function pinByConsole(
  { store, power }: Pick<ActivityDependencies, 'store' | 'power'>,
  machine: Machine,
  { bootId, hostKeys }: Session,
  timeoutMs = CONSOLE_MS,
): Promise<void> {
  const said = await beating(() =>
    power.readConsole(machine.power, machine.name, (line) => consoleKey(line, bootId), { timeoutMs }),
  );
  if (said === undefined) {
    const waited = `within ${timeoutMs / 1000} seconds`;
    throw new CodedError('CONSOLE_SILENT', `The console of ${machine.name} told no host key ${waited}.`);
  }
  if (hostKeys.every((key) => fingerprint(key) === said)) {
    await store.boots.pin(bootId, 'console');
    return;
  }
  const heard = hostKeys.map(fingerprint).join(' ');
  const message = `${machine.name} said hello with ${heard}, and its console says ${said}: somebody is in between.`;
  const at = new Date().toISOString();
  await store.events.append({ at, kind: 'host-key.refused', machineId: machine.id, message });
  throw new CodedError('CONSOLE_KEY_DIFFERS', message, { hello: heard, console: said });
}

/** Of this boot alone: a console may keep what another boot said. Words of the kernel may stand around it. */
function consoleKey(line: string, bootId: string): string | undefined {
  const found = /Rackwright boot ([0-9a-f-]{36}) host key (SHA256:[A-Za-z0-9+/]{43})(?![A-Za-z0-9+/])/.exec(
    line,
  );
  return found?.[1] === bootId ? found[2] : undefined;
}
