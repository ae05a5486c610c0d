import { randomBytes } from 'node:crypto';
import { CodedError, type MachineRecord, type PowerParameters, Secret } from '../../model/index.ts';
import { configureUpdate, machineWorkflowId } from '../../workflows/messages.ts';
import { findMachine } from '../find-machine.ts';
import { invalid } from '../invalid.ts';
import { viewMachine } from '../machine-view.ts';
import type { Parts } from '../parts.ts';
import { route } from '../route.ts';
import { machineParams } from '../schemas/common.ts';
import { machineViewSchema } from '../schemas/machine.ts';
import { type ConfigureBody, configureRequestSchema } from '../schemas/requests.ts';
import { withTemporal } from '../temporal.ts';

/** The field under which a BMC password is kept in the secret store; its record is `power.passwordSecret`. */
export const bmcPasswordField = 'password';

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
    if (change?.password) {
      await store.secrets.put(change.secret, bmcPasswordField, new Secret(change.password));
    }
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
    const old = secretOf(machine.power);
    if (change && old && old !== change.secret) await store.secrets.delete(old);
    return viewMachine(store, (await store.machines.get(machine.id)) ?? machine);
  },
});

interface PowerChange {
  readonly power: PowerParameters;
  readonly secret: string;
  readonly password?: string;
}

/**
 * A password is never sent anywhere but where it was meant for: with another address, port or driver the stored one
 * is left behind, and the new record points to an empty place until a password is given (rule 19).
 */
function powerFrom(machine: MachineRecord, wanted: NonNullable<ConfigureBody['power']>): PowerChange {
  const fresh = `bmc-${machine.id}-${randomBytes(8).toString('hex')}`;
  if (wanted.driver === 'manual') return { power: wanted, secret: fresh };
  const { password, ...rest } = wanted;
  const { power } = machine;
  const isSamePlace =
    power.driver === wanted.driver && power.address === wanted.address && power.port === wanted.port;
  const secret = password === undefined && isSamePlace ? power.passwordSecret : fresh;
  return { power: { ...rest, passwordSecret: secret }, secret, ...(password !== undefined && { password }) };
}

function secretOf(power: PowerParameters): string | undefined {
  return power.driver === 'ipmi' ? power.passwordSecret : undefined;
}

async function demandFreeName({ store }: Parts, machine: MachineRecord, name: string): Promise<void> {
  const holder = (await store.machines.find(name)).find((other) => other.id !== machine.id);
  if (!holder) return;
  throw new CodedError('REQUEST_INVALID', invalid('name', `${name} is the name of ${holder.id}`).message, {
    field: 'name',
  });
}
