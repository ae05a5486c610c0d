import { blank, type SimDisk } from '../../../lab/sim/disk.ts';
import { briskPace, type Effect, type Faults, makeHardware } from '../../../lab/sim/index.ts';
import { answerCommand, type Commanded } from '../../../lab/sim/ssh/exec.ts';
import { serveSsh } from '../../../lab/sim/ssh/server.ts';
import { AUTHORIZED_KEYS, type RunningSystem } from '../../../lab/sim/system.ts';
import { ipv4 } from '../../../net/index.ts';
import { connect, generateKeyPair, type Host, shell } from '../../../remote/index.ts';

const address = ipv4('127.0.0.1');
const ends: (() => unknown)[] = [];

/** For `afterEach`. */
export async function endMachines(): Promise<void> {
  for (const end of ends.splice(0).toReversed()) await end();
}

/** A system that runs in memory on a simulated machine, and the controller's own client connected to it. */
export async function machine(faults: Faults = [], disks?: readonly SimDisk[]) {
  const hardware = makeHardware(1, 1);
  const [hostKey, login] = [generateKeyPair(''), generateKeyPair('')];
  const effects: Omit<Effect, 'at' | 'machine'>[] = [];
  const struck: string[] = [];
  const life = new AbortController();
  const system: RunningSystem = {
    kind: 'memory',
    address,
    bootId: crypto.randomUUID(),
    hostKey,
    files: new Map([[AUTHORIZED_KEYS, login.publicKey]]),
    jobs: new Map(),
  };
  const on: Commanded = {
    hardware,
    faults,
    system,
    disks: disks ?? hardware.disks.map(blank),
    pace: { ...briskPace, jobMs: 1 },
    moreAnswers: [],
    life: life.signal,
    effect: (effect) => effects.push(effect),
    beforeScript: () => undefined,
    strike: ({ kind }) => struck.push(kind),
    leaveFor: (where) => struck.push(where),
  };
  const ssh = await serveSsh({
    address,
    port: 0,
    hostKey: hostKey.privateKey,
    keys: () => [login.publicKey],
    onExec: (command, input, channel, signal) => answerCommand(on, command, input, channel, signal),
  });
  ends.push(
    () => ssh.cut(),
    () => life.abort(),
  );
  const target = { address, port: ssh.port, username: 'root' };
  const dial = async (key = login.privateKey, hostKeys = [hostKey.publicKey]): Promise<Host> => {
    const host = await connect({ ...target, privateKey: key, hostKeys });
    ends.push(() => host.close());
    return host;
  };
  return { on, ssh, effects, struck, dial, hardware };
}

/** One job, as a step of an operation runs it. */
export const step = (host: Host, name: string, script = shell`true`) =>
  host.job(name, script, { deadlineMs: 60_000 });
