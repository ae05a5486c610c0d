import { createHash } from 'node:crypto';
import { type Client, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { tokenHash } from '../../boot/http/index.ts';
import type { BootDirectory } from '../../boot/index.ts';
import {
  type Arrival,
  CodedError,
  codeOf,
  compareIdentity,
  type ErrorCode,
  type Hello,
  newMachineId,
} from '../../model/index.ts';
import type { Ipv4 } from '../../net/index.ts';
import type { Store } from '../../store/index.ts';
import type { machine } from '../../workflows/index.ts';
import { arrivalUpdate, CONTROL_QUEUE, machineWorkflowId } from '../../workflows/messages.ts';
import { reviveInput } from '../../workflows/revive.ts';
import { declaredArrival } from './declared-arrival.ts';

export interface ArrivalOptions {
  readonly store: Store;
  readonly directory: BootDirectory;
  readonly client: () => Client;
  readonly site: string;
}

/**
 * Lets a machine in that said hello: its token is consumed, its hardware identity is held against every machine that
 * is known, and its workflow hears of it. A lost answer may be asked for again; every refusal is an event.
 */
export function arrivals(options: ArrivalOptions): (hello: Hello, from: Ipv4) => Promise<void> {
  return async (hello, from) => {
    try {
      await arrive(options, hello, from);
    } catch (error) {
      const code = codeOf(error);
      if (code) {
        await options.store.events.append({
          at: new Date().toISOString(),
          kind: 'boot.refused',
          message: `A machine at ${from} (serial ${hello.serial || 'unknown'}) was not let in: ${(error as Error).message}`,
          data: { code, uuid: hello.uuid, serial: hello.serial, macs: hello.macs.join(' ') },
        });
      }
      throw error;
    }
  };
}

async function arrive(
  { store, directory, client, site }: ArrivalOptions,
  hello: Hello,
  from: Ipv4,
): Promise<void> {
  const now = new Date();
  await directory.flush();
  const boot = await store.boots.get(hello.bootId);
  // Bound to boot, card and leased address; whose machine it is, identity decides below (docs/security.md, rule 3).
  if (!boot || boot.address !== from || !hello.macs.includes(boot.mac)) {
    throw new CodedError('BOOT_TOKEN_REFUSED', 'The token does not belong to this card and address.');
  }
  const image = directory.image(boot.image, hello.arch);
  const subnet = directory.subnetOf(from);
  const identity = { uuid: hello.uuid, serial: hello.serial, macs: hello.macs };
  const machineId = await identify(store, identity, boot.machineId);
  const isNew = (await store.machines.get(machineId)) === undefined;
  const declared = isNew ? await declaredArrival(store, machineId, identity) : undefined;

  const { token, ...said } = hello;
  const helloHash = createHash('sha256').update(JSON.stringify(said)).digest('hex');
  const outcome = await store.boots.consume(boot.id, tokenHash(token), helloHash, now);
  if (outcome === 'refused') {
    throw new CodedError('BOOT_TOKEN_REFUSED', 'The token is unknown, used or expired.');
  }
  await store.boots.bind(boot.id, { machineId, firmware: hello.firmware });
  directory.sign(boot, 'hello', now);

  const arrival: Arrival = {
    identity,
    firmware: hello.firmware,
    arch: hello.arch,
    site: subnet?.site ?? site,
    session: {
      bootId: boot.id,
      address: from,
      hostKeys: hello.hostKeys,
      squashfs: image?.files.squashfs.sha256 ?? '',
      since: now.toISOString(),
    },
    ...(declared && { declared }),
  };
  await tell(client(), store, machineId, arrival);
  directory.consumed(boot.id);
}

/** The machine that this is, or the id of a new one. @throws CodedError MACHINE_IDENTITY_CONFLICT */
async function identify(
  store: Store,
  identity: Arrival['identity'],
  expected: string | undefined,
): Promise<string> {
  for (const known of await store.machines.resembling(identity)) {
    const match = compareIdentity(known.identity, identity);
    if (match.kind === 'conflict') {
      throw new CodedError(
        'MACHINE_IDENTITY_CONFLICT',
        `Its ${match.field} ${match.value} belongs to ${known.name} (${known.id}), which is another machine.`,
        { machine: known.id, field: match.field, value: match.value },
      );
    }
    if (match.kind === 'same') return known.id;
  }
  if (expected) {
    throw new CodedError(
      'MACHINE_IDENTITY_CONFLICT',
      `It booted in the place of ${expected} but is not that machine.`,
    );
  }
  return newMachineId(identity);
}

async function tell(client: Client, store: Store, id: string, arrival: Arrival): Promise<void> {
  const known = await store.machines.get(id);
  const input = known
    ? reviveInput(known, (await store.operations.ofMachine(id, 1))[0])
    : ({ kind: 'first', id, arrival } as const);
  const startWorkflowOperation = new WithStartWorkflowOperation<typeof machine>('machine', {
    workflowId: machineWorkflowId(id),
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue: CONTROL_QUEUE,
    args: [input],
  });
  try {
    await client.workflow.executeUpdateWithStart(arrivalUpdate, { args: [arrival], startWorkflowOperation });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      throw new CodedError((error.cause.type ?? 'INTERNAL') as ErrorCode, error.cause.message);
    }
    throw error;
  }
}
