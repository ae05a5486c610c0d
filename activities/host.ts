import type { EphemeralSession, MachineRecord } from '../model/index.ts';
import { CodedError } from '../model/index.ts';
import { connect, type Host } from '../remote/index.ts';
import type { ActivityDependencies } from './deps.ts';

type Place = Pick<EphemeralSession, 'address' | 'hostKeys'>;

/** A connection for the length of one piece of work. */
export async function withHost<Result>(
  ssh: ActivityDependencies['ssh'],
  place: Place,
  work: (host: Host) => Promise<Result>,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<Result> {
  const host = await connect(
    {
      address: place.address,
      port: 22,
      username: 'root',
      privateKey: ssh.privateKey,
      hostKeys: place.hostKeys,
    },
    options,
  );
  try {
    return await work(host);
  } finally {
    host.close();
  }
}

export function deploymentOf(machine: MachineRecord): NonNullable<MachineRecord['deployment']> {
  if (machine.deployment) return machine.deployment;
  throw new CodedError('STATE_CONFLICT', `${machine.name} has no system of ours on it.`);
}
