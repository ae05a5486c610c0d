import { condition, proxyActivities, setHandler } from '@temporalio/workflow';
import type { BootActivities, PowerActivities, SessionActivities } from '../activities/index.ts';
import type { BootRecord } from '../model/boot.ts';
import type { EphemeralSession, MachineRecord } from '../model/machine.ts';
import { arrivedSignal, siteQueue } from './messages.ts';
import { bookkeeping, conversation, MANUAL_POWER_DEADLINE_MS, powerOrder } from './policies.ts';
import { failWith, type StepContext, type Steps } from './steps.ts';

const { openBoot, readBoot } = proxyActivities<BootActivities>(bookkeeping);

/** Waits for the machine to say hello, from before it is asked for: the signal may come first. */
export function expectArrival(): { session?: EphemeralSession } {
  const expected: { session?: EphemeralSession } = {};
  setHandler(arrivedSignal, (session) => {
    expected.session = session;
  });
  return expected;
}

/**
 * A machine that runs from memory and answers over SSH: the one that said hello before, if it is still there (no
 * firmware start), otherwise after a power order and a network boot.
 */
export async function bringUp(
  steps: Steps,
  machine: MachineRecord,
  expected: { session?: EphemeralSession },
  boot: { readonly purpose: BootRecord['purpose']; readonly image?: string },
): Promise<EphemeralSession> {
  const { probeSession } = proxyActivities<SessionActivities>({
    ...conversation,
    taskQueue: siteQueue(machine.site),
  });
  const { session } = machine;
  if (session && (await steps.run('look for the running system', () => probeSession({ session }))))
    return session;

  await steps.run('start over the network', async (step) => {
    const { orderPower } = proxyActivities<PowerActivities>({
      ...powerOrder,
      taskQueue: siteQueue(machine.site),
    });
    const opened = await openBoot({ machine, ...boot });
    const order = await orderPower({
      operationId: steps.operationId,
      machine,
      action: 'start-over-network',
      bootId: opened.bootId,
    });
    await awaitArrival(step, machine, expected, opened, order.asked);
  });
  return expected.session as EphemeralSession;
}

/** Two deadlines: one for the first sign of life, one from there to hello. A failed one names the last sign seen. */
async function awaitArrival(
  step: StepContext,
  machine: MachineRecord,
  expected: { session?: EphemeralSession },
  { bootId, dhcpDeadlineMs, helloDeadlineMs }: Awaited<ReturnType<typeof openBoot>>,
  asked: string | undefined,
): Promise<void> {
  const arrived = (): boolean => expected.session?.bootId === bootId;
  const first = asked ? MANUAL_POWER_DEADLINE_MS : dhcpDeadlineMs;
  await step.waitFor(asked ?? `${machine.name} to say hello`, new Date(Date.now() + first));
  if (await condition(arrived, first)) return;
  const boot = await readBoot({ bootId });
  if (!boot?.signs.dhcp) {
    throw failWith({
      code: 'BOOT_NO_DHCP',
      message: `${machine.name} was powered on ${minutes(first)} ago and no DHCP request of it was seen.`,
    });
  }
  await step.waitFor(`${machine.name} to say hello`, new Date(Date.now() + helloDeadlineMs));
  if (await condition(arrived, helloDeadlineMs)) return;
  throw failWith({
    code: 'BOOT_STALLED',
    message: `${machine.name} began to boot and fell silent; it did not say hello within ${minutes(first + helloDeadlineMs)}.`,
  });
}

function minutes(ms: number): string {
  return ms >= 2 * 3_600_000 ? `${Math.round(ms / 3_600_000)} hours` : `${Math.round(ms / 60_000)} minutes`;
}
