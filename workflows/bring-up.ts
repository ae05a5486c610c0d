import { condition, isCancellation, patched, proxyActivities, setHandler } from '@temporalio/workflow';
import type { BootActivities, PowerActivities, SessionActivities } from '../activities/index.ts';
import type { BootRecord } from '../model/boot.ts';
import type { EphemeralSession, MachineRecord } from '../model/machine.ts';
import { arrivedSignal, siteQueue } from './messages.ts';
import { bookkeeping, cleanUp, conversation, MANUAL_POWER_DEADLINE_MS, powerOrder } from './policies.ts';
import { failWith, spokenTime, type StepContext, type Steps } from './steps.ts';

/** How often it is seen whether a person has pressed the button. */
const LOOK_MS = 10 * 60_000;

const { openBoot, readBoot, closeBoot } = proxyActivities<BootActivities>(bookkeeping);

/** The boot that was opened for this operation, and the system in memory that it works on. */
export interface Expected {
  session?: EphemeralSession;
  bootId?: string;
}

/** Waits for the machine to say hello, from before it is asked for: the signal may come first. */
export function expectArrival(): Expected {
  const expected: Expected = {};
  setHandler(arrivedSignal, (session) => {
    expected.session = session;
  });
  return expected;
}

/**
 * A machine that runs from memory and answers over SSH: the one that said hello before, if it is still there and no
 * program of an image has run in it (no firmware start), otherwise after a power order and a network boot.
 */
export async function bringUp(
  steps: Steps,
  machine: MachineRecord,
  expected: Expected,
  boot: {
    readonly purpose: BootRecord['purpose'];
    readonly image?: string;
    /** SHA-256 of the only system that will do. */
    readonly runs?: string;
  },
): Promise<EphemeralSession> {
  const { probeSession, checkConsole } = proxyActivities<SessionActivities>({
    ...conversation,
    taskQueue: siteQueue(machine.site),
  });
  const { session } = machine;
  const mayDo = session && (boot.runs === undefined || boot.runs === session.squashfs);
  if (mayDo && (await steps.run('look for the running system', () => probeSession({ session, machine })))) {
    expected.session = session;
    return session;
  }

  const opened = await steps.run('start over the network', async (step) => {
    const { orderPower } = proxyActivities<PowerActivities>({
      ...powerOrder,
      taskQueue: siteQueue(machine.site),
    });
    const newBoot = await openBoot({ machine, ...boot });
    expected.bootId = newBoot.bootId;
    try {
      const order = await orderPower({
        operationId: steps.operationId,
        machine,
        action: 'start-over-network',
        bootId: newBoot.bootId,
      });
      await awaitArrival(step, machine, expected, newBoot, order.asked);
    } catch (error) {
      // Who comes too late starts from its own disk: nobody waits in memory for it. A stop puts in order by itself.
      if (!isCancellation(error) && patched('boot-closed-on-failure'))
        await closeBoot({ bootId: newBoot.bootId });
      throw error;
    }
    return newBoot;
  });
  const arrived = expected.session as EphemeralSession;
  if (opened.checksConsole) {
    await steps.run('compare the host key with the console', () =>
      checkConsole({ session: arrived, machine }),
    );
  }
  return arrived;
}

/** What an operator stopped leaves no boot open: the machine starts from its own disk again. */
export async function closeOnStop(steps: Steps, { bootId }: Expected): Promise<void> {
  if (bootId) await steps.run('close the boot', () => closeBoot({ bootId }));
}

/** Likewise, and nothing that was begun goes on in its memory. */
export async function stopOnMachine(steps: Steps, machine: MachineRecord, expected: Expected): Promise<void> {
  await closeOnStop(steps, expected);
  // Without one, nothing was begun on the machine.
  if (expected.session) await stopRemoteJobs(steps, machine, expected.session);
}

/** A machine that does not answer is left as it is: it may be the reason why the operation was stopped. */
export async function stopRemoteJobs(
  steps: Steps,
  { site }: MachineRecord,
  place: Pick<EphemeralSession, 'address' | 'hostKeys'>,
): Promise<void> {
  const { stopRemoteWork } = proxyActivities<SessionActivities>({ ...cleanUp, taskQueue: siteQueue(site) });
  await steps
    .run('stop what runs on the machine', () => stopRemoteWork({ operationId: steps.operationId, place }))
    .catch(() => undefined);
}

/** Two deadlines: one for the first sign of life, one from there to hello. A failed one names the last sign seen. */
async function awaitArrival(
  step: StepContext,
  machine: MachineRecord,
  expected: Expected,
  { bootId, dhcpDeadlineMs, helloDeadlineMs }: Awaited<ReturnType<typeof openBoot>>,
  asked: string | undefined,
): Promise<void> {
  const arrived = (): boolean => expected.session?.bootId === bootId;
  const first = asked ? MANUAL_POWER_DEADLINE_MS : dhcpDeadlineMs;
  await step.waitFor(asked ?? `${machine.name} to say hello`, new Date(Date.now() + first));
  const seen = asked ? awaitPerson(arrived, bootId, first) : condition(arrived, first);
  if ((await seen) && arrived()) return;
  const boot = await readBoot({ bootId });
  if (!boot?.signs.dhcp) {
    throw failWith({
      code: 'BOOT_NO_DHCP',
      message: `${machine.name} was powered on ${spokenTime(first)} ago and no DHCP request of it was seen.`,
    });
  }
  await step.waitFor(`${machine.name} to say hello`, new Date(Date.now() + helloDeadlineMs));
  if (await condition(arrived, helloDeadlineMs)) return;
  const silent = asked ? helloDeadlineMs : first + helloDeadlineMs;
  throw failWith({
    code: 'BOOT_STALLED',
    message: `${machine.name} began to boot and fell silent; it did not say hello within ${spokenTime(silent)}.`,
  });
}

/** A person may take days. Once the machine has shown itself, it has no longer than any other. */
async function awaitPerson(arrived: () => boolean, bootId: string, deadlineMs: number): Promise<boolean> {
  if (!patched('boot-after-a-person')) return condition(arrived, deadlineMs);
  for (let waited = 0; waited < deadlineMs; waited += LOOK_MS) {
    if (await condition(arrived, LOOK_MS)) return true;
    if ((await readBoot({ bootId }))?.signs.dhcp) return true;
  }
  return false;
}
