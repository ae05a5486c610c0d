import { randomBytes } from 'node:crypto';
import {
  CodedError,
  isSamePowerPlace,
  type MachineRecord,
  type PowerDriverEntry,
  powerDriverTable,
  type PowerParameters,
  powerSecretId,
  Secret,
} from '../../model/index.ts';
import { configureUpdate, machineWorkflowId } from '../../workflows/messages.ts';
import { findMachine } from '../find-machine.ts';
import { invalid } from '../invalid.ts';
import { viewMachine } from '../machine-view.ts';
import type { Parts } from '../parts.ts';
import { route } from '../route.ts';
import { machineParams } from '../schemas/common.ts';
import { machineViewSchema } from '../schemas/machine.ts';
import type { PowerChange } from '../schemas/power.ts';
import { configureRequestSchema } from '../schemas/requests.ts';
import { withTemporal } from '../temporal.ts';

export const configureMachine = route({
  method: 'patch',
  path: '/v1/machines/{ref}',
  permission: 'configure',
  name: 'configureMachine',
  summary: 'Change its name, or how its power is switched. A password can be written, never read',
  params: machineParams,
  body: configureRequestSchema,
  answer: { status: 200, description: 'The machine as it is now', schema: machineViewSchema },
  async handle({ params, body }, parts) {
    const { store, temporal } = parts;
    const machine = await findMachine(store, params.ref);
    if (body.name !== undefined) await demandFreeName(parts, machine, body.name);
    const change = body.power && powerFrom(machine, body.power);
    for (const [field, value] of change?.secrets ?? [])
      await store.secrets.put(change?.secret ?? '', field, new Secret(value));
    const request = {
      ...(body.name !== undefined && { name: body.name }),
      ...(change && { power: change.power }),
    };
    await withTemporal(temporal, (client) =>
      client.workflow
        .getHandle(machineWorkflowId(machine.id))
        .executeUpdate(configureUpdate, { args: [request] }),
    );
    // Only now: until the workflow has the new one, the old password is what still works (rule 17).
    const old = powerSecretId(machine.power);
    if (change && old !== undefined && old !== powerSecretId(change.power)) await store.secrets.delete(old);
    return viewMachine(store, (await store.machines.get(machine.id)) ?? machine);
  },
});

interface Change {
  readonly power: PowerParameters;
  /** The record of the secrets. */
  readonly secret: string;
  readonly secrets: readonly (readonly [field: string, value: string])[];
}

/**
 * A secret is never sent anywhere but where it was meant for: with another driver, address, port, URL or certificate
 * the stored one is left behind, and the new record points to an empty place until one is given (rule 19).
 */
function powerFrom({ id, power: before }: MachineRecord, wanted: PowerChange): Change {
  const fresh = `bmc-${id}-${randomBytes(8).toString('hex')}`;
  const entry: PowerDriverEntry = powerDriverTable[wanted.driver];
  const isSecret = (field: string) => entry.secrets.includes(field);
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined);
  const secrets = given.filter(([field]) => isSecret(field)) as [string, string][];
  const open = Object.fromEntries(given.filter(([field]) => !isSecret(field)));
  const kept = isSamePowerPlace(before, { ...open, driver: wanted.driver })
    ? powerSecretId(before)
    : undefined;
  const secret = secrets.length === 0 && kept !== undefined ? kept : fresh;
  const pointer = wanted.driver === 'ipmi' ? { passwordSecret: secret } : { secret };
  const power = (entry.secrets.length === 0 ? open : { ...open, ...pointer }) as unknown as PowerParameters;
  return { power, secret, secrets };
}

async function demandFreeName({ store }: Parts, machine: MachineRecord, name: string): Promise<void> {
  const holder = (await store.machines.find(name)).find((other) => other.id !== machine.id);
  if (!holder) return;
  throw new CodedError('REQUEST_INVALID', invalid('name', `${name} is the name of ${holder.id}`).message, {
    field: 'name',
  });
}
