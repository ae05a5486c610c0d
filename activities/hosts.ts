import {
  CodedError,
  codeOf,
  type Deployment,
  type EphemeralSession,
  type MachineRecord,
  type Secret,
} from '../model/index.ts';
import { connect, fipsKeyPair, type Host } from '../remote/index.ts';

/** Our own SSH key: the line that machines accept, and the private half. */
export interface OwnKey {
  readonly publicLine: string;
  readonly privateKey: Secret;
}

export type Place = Pick<EphemeralSession, 'address' | 'hostKeys'> & Pick<Deployment, 'layout'>;

/** Connections to machines, each kept for a while after its last use: the steps of an operation follow each other. */
export interface Hosts {
  /** @throws CodedError of `remote/`; a kept connection that turns out dead is replaced once, unseen. */
  with<Result>(place: Place, work: (host: Host) => Promise<Result>, options?: HostOptions): Promise<Result>;
  close(): void;
}

export interface HostOptions {
  /** For the connection and the login. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface Kept {
  readonly host: Promise<Host>;
  users: number;
  idle?: NodeJS.Timeout;
}

/** A handshake costs an emulated machine seconds; a forgotten connection costs a real one a process. */
const IDLE_MS = 30_000;

export function createHosts(ssh: OwnKey): Hosts {
  const kept = new Map<string, Kept>();

  const drop = (key: string, entry: Kept): void => {
    if (kept.get(key) === entry) kept.delete(key);
    clearTimeout(entry.idle);
    entry.host.then((host) => host.close()).catch(() => undefined);
  };
  const open = (key: string, place: Place, options: HostOptions): Kept => {
    const target = {
      port: 22,
      username: 'root',
      privateKey: ssh.privateKey,
      ...(place.layout === 'esxi' && { otherKeys: [fipsKeyPair(ssh.privateKey).privateKey] }),
      ...place,
    };
    const entry: Kept = { host: connect(target, options), users: 0 };
    entry.host.catch(() => drop(key, entry));
    kept.set(key, entry);
    return entry;
  };
  const use = async <Result>(
    key: string,
    entry: Kept,
    work: (host: Host) => Promise<Result>,
  ): Promise<Result> => {
    clearTimeout(entry.idle);
    entry.users += 1;
    try {
      return await work(await entry.host);
    } catch (error) {
      if (codeOf(error) === 'SSH_UNREACHABLE') drop(key, entry);
      throw error;
    } finally {
      entry.users -= 1;
      if (entry.users === 0) entry.idle = setTimeout(() => drop(key, entry), IDLE_MS).unref();
    }
  };

  return {
    async with(place, work, options = {}) {
      const key = [place.address, ...place.hostKeys].join('\n');
      const known = kept.get(key);
      if (known) {
        try {
          return await use(key, known, work);
        } catch (error) {
          if (codeOf(error) !== 'SSH_UNREACHABLE') throw error;
        }
      }
      return use(key, kept.get(key) ?? open(key, place, options), work);
    },
    close() {
      for (const [key, entry] of kept) drop(key, entry);
    },
  };
}

export function deploymentOf(machine: MachineRecord): NonNullable<MachineRecord['deployment']> {
  if (machine.deployment) return machine.deployment;
  throw new CodedError('STATE_CONFLICT', `${machine.name} has no system of ours on it.`);
}
