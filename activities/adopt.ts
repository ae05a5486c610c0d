import { isDeepStrictEqual } from 'node:util';
import {
  type AdoptRequest,
  CodedError,
  compareIdentity,
  type HardwareIdentity,
  type HostFacts,
  type MachineRecord,
  matchDeclared,
  newMachineId,
} from '../model/index.ts';
import { inRange } from '../net/index.ts';
import type { Store } from '../store/index.ts';
import type { ActivityDependencies } from './deps.ts';
import type { AdoptActivities } from './types.ts';

export function adoptActivities({ store, workflows }: ActivityDependencies): AdoptActivities {
  /** Asked for by the name that it has: it moved, its host keys were made anew, or its system is another one. */
  const takeInAgain = async (known: MachineRecord, { name, site, deployment }: AdoptedRecord) => {
    const { id: machineId, deployment: before } = known;
    if (!before?.adopted || known.name !== name || known.site !== site || known.state !== 'Deployed')
      throw knownAlready(known);
    const now = { ...before, ...deployment, operationId: before.operationId };
    if (isDeepStrictEqual({ ...now, since: before.since }, before)) return { machineId };
    await demandFreeAddress(store, { address: now.address, site }, machineId);
    await keepAddress(store, { address: now.address, site }, machineId);
    const [latest] = await store.operations.ofMachine(machineId, 1);
    await workflows.configure(known, latest, { deployment: now });
    const moved = now.address === before.address ? '' : ` (before: ${before.address})`;
    const keys = isDeepStrictEqual(now.hostKeys, before.hostKeys) ? 'the same' : 'other';
    await store.events.append({
      at: now.since,
      kind: 'machine.adopted',
      machineId,
      message: `${name} was taken in again: ${now.image} at ${now.address}${moved}, with ${keys} host keys.`,
    });
    return { machineId };
  };
  return {
    async introduceMachine({ request, facts, at }) {
      const record = adoptedRecord(request, facts, at);
      // A try that was cut off after it had begun the machine.
      if (isSame(await store.machines.get(record.id), record)) return { machineId: record.id };
      const known = await knownAs(store, facts.identity);
      if (known) return takeInAgain(known, record);
      await demandFreeName(store, request.name, facts.identity);
      await demandFreeAddress(store, request);
      await keepAddress(store, request, record.id);
      await workflows.introduce(record);
      const kept = await store.machines.get(record.id);
      // Asked for twice at the same time, under two names.
      if (!isSame(kept, record)) throw knownAlready(kept ?? record);
      return { machineId: record.id };
    },
  };
}

function adoptedRecord({ name, site, address, hostKeys }: AdoptRequest, facts: HostFacts, at: string) {
  const { system: image, ...hardware } = facts;
  const id = newMachineId(facts.identity);
  return {
    id,
    version: 1,
    name,
    site,
    state: 'Deployed',
    ...hardware,
    power: { driver: 'manual' },
    observedPower: { state: 'on', at },
    deployment: {
      operationId: `${id}/adopt/0`,
      image,
      imageSerial: 'adopted',
      adopted: true,
      address,
      hostKeys,
      since: at,
    },
    layers: [],
    createdAt: at,
    updatedAt: at,
  } satisfies MachineRecord;
}

type AdoptedRecord = ReturnType<typeof adoptedRecord>;

function isSame(known: MachineRecord | undefined, { name, createdAt }: MachineRecord): boolean {
  return known?.name === name && known.createdAt === createdAt;
}

/** @throws CodedError MACHINE_IDENTITY_CONFLICT */
async function knownAs(store: Store, identity: HardwareIdentity): Promise<MachineRecord | undefined> {
  for (const known of await store.machines.resembling(identity)) {
    const match = compareIdentity(known.identity, identity);
    if (match.kind === 'same') return known;
    if (match.kind === 'conflict')
      throw new CodedError(
        'MACHINE_IDENTITY_CONFLICT',
        `Its ${match.field} ${match.value} belongs to ${known.name} (${known.id}), which is another machine.`,
        { machine: known.id, field: match.field, value: match.value },
      );
  }
  return undefined;
}

function knownAlready({ id, name, state }: MachineRecord): CodedError {
  return new CodedError('STATE_CONFLICT', `This machine is known already: ${name} (${id}), ${state}.`, {
    machine: id,
  });
}

async function demandFreeName(store: Store, name: string, identity: HardwareIdentity): Promise<void> {
  const [holder] = await store.machines.find(name);
  if (holder) throw taken(`${name} is the name of ${holder.id}`);
  if ((await store.declared.get(name)) === undefined) return;
  const match = matchDeclared(await store.declared.list(), identity);
  if (match.kind !== 'match' || match.declared.name !== name)
    throw taken(`${name} is declared, with other serials or MACs than this machine has`);
}

function taken(why: string): CodedError {
  return new CodedError('REQUEST_INVALID', `name: ${why}`, { field: 'name' });
}

/** What a retired machine had is not in use any more. */
async function demandFreeAddress(
  store: Store,
  { address, site }: Pick<AdoptRequest, 'address' | 'site'>,
  machineId?: string,
): Promise<void> {
  const holder = (await store.machines.list()).find(
    (machine) =>
      machine.id !== machineId &&
      machine.site === site &&
      machine.state !== 'Retired' &&
      machine.deployment?.address === address,
  );
  if (!holder) return;
  throw new CodedError('ADDRESS_TAKEN', `${address} is the address of ${holder.name} (${holder.id}).`, {
    address,
    machine: holder.id,
  });
}

/** One out of the range that we give from is given to nobody else from now on. */
async function keepAddress(
  store: Store,
  { address, site }: Pick<AdoptRequest, 'address' | 'site'>,
  machineId: string,
): Promise<void> {
  const subnet = (await store.subnets.list()).find(
    (one) => one.site === site && inRange(one.static, address),
  );
  if (subnet) await store.subnets.claimStatic(subnet.name, machineId, address);
  else await store.subnets.releaseStatic(machineId);
}
