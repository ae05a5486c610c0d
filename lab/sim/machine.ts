import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { SignOfLife } from '../../model/index.ts';
import { type Ipv4, parseIpv4 } from '../../net/index.ts';
import { generateKeyPair } from '../../remote/index.ts';
import type { Answer, Reply } from './answers/answer.ts';
import { networkBoot } from './boot/network-boot.ts';
import type { Relay } from './boot/relay.ts';
import { publicKeys } from './boot/seed.ts';
import { blank, type SimDisk } from './disk.ts';
import { isSilentAt, slowness } from './faults/boot.ts';
import { changedDisks } from './faults/disks.ts';
import { faultName, faultOf, type Faults } from './faults/fault.ts';
import { lies } from './faults/lies.ts';
import { sshFault } from './faults/ssh.ts';
import type { StepFault } from './faults/steps.ts';
import type { Hardware } from './hardware.ts';
import type { Journal } from './journal.ts';
import { type Pace, slowed } from './pace.ts';
import { answerCommand, type Commanded } from './ssh/exec.ts';
import { serveSsh, type SshServer } from './ssh/server.ts';
import { AUTHORIZED_KEYS, NEXT_ADDRESS, type RunningSystem } from './system.ts';

/** What runs on a machine. `stuck`: powered, and waiting for somebody to look at it. */
export type Running = 'off' | 'firmware' | 'memory' | 'installed' | 'stuck';

export interface MachineOptions {
  readonly hardware: Hardware;
  readonly faults: Faults;
  readonly pace: Pace;
  readonly relay: Relay;
  readonly journal: Journal;
  readonly xid: () => number;
  /** For the lie `another-identity`. */
  readonly otherUuid: string;
  readonly moreAnswers: readonly Answer[];
}

/** A machine that is a few kilobytes of state and speaks as a real one would. */
export class SimMachine {
  readonly hardware: Hardware;
  readonly #options: MachineOptions;
  readonly #pace: Pace;
  #faults: Faults;
  #disks: readonly SimDisk[];
  #running: Running = 'off';
  #stuckAt: SignOfLife | undefined;
  #override: 'network' | 'disk' | undefined;
  #starts = 0;
  #life = new AbortController();
  #system: { readonly running: RunningSystem; readonly ssh: SshServer | undefined } | undefined;
  #commands = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.hardware = options.hardware;
    this.#faults = options.faults;
    this.#pace = slowed(options.pace, slowness(options.faults));
    this.#disks = faultOf(options.faults, 'diskless') ? [] : options.hardware.disks.map(blank);
  }

  get name(): string {
    return this.hardware.name;
  }
  get running(): Running {
    return this.#running;
  }
  /** The rung that stays dark while `running` is `stuck`. */
  get stuckAt(): SignOfLife | undefined {
    return this.#stuckAt;
  }
  get disks(): readonly SimDisk[] {
    return this.#disks;
  }
  get faults(): Faults {
    return this.#faults;
  }
  /** Firmware starts so far. */
  get starts(): number {
    return this.#starts;
  }
  get address(): Ipv4 | undefined {
    return this.#system?.running.address;
  }
  get isOn(): boolean {
    return this.#running !== 'off';
  }

  /** Faults may be armed and cured while the machine runs. */
  arm(faults: Faults): void {
    this.#faults = faults;
  }

  /** The next start alone, as a BMC keeps it. */
  bootOnce(target: 'network' | 'disk' | undefined): void {
    this.#override = target;
  }

  on(): void {
    if (this.isOn) return;
    if (isSilentAt(this.#faults, 'power', this.#starts + 1))
      return this.#note('fault', 'the power stays off');
    this.#note('powered-on');
    this.#start(() => this.#firmware());
  }

  async off(): Promise<void> {
    if (!this.isOn) return;
    this.#note('powered-off');
    await this.#stop('off');
  }

  /** Off and on; a machine that is off is switched on. */
  async cycle(): Promise<void> {
    await this.off();
    this.on();
  }

  /** The reset line: no loss of power. */
  async reset(): Promise<void> {
    if (!this.isOn) return this.on();
    await this.#stop('firmware');
    this.#start(() => this.#firmware());
  }

  /** The mains are gone. */
  async losePower(comesBackMs?: number): Promise<void> {
    if (!this.isOn) return;
    this.#note('lost-power');
    await this.#stop('off');
    if (comesBackMs === undefined) return;
    const { signal } = this.#life;
    delay(comesBackMs, undefined, { signal }).then(
      () => this.on(),
      () => undefined,
    );
  }

  /** Ends everything of it, for good. */
  async close(): Promise<void> {
    await this.#stop('off');
  }

  #note(kind: Parameters<Journal['add']>[0]['kind'], detail?: string): void {
    this.#options.journal.add({ machine: this.name, kind, ...(detail !== undefined && { detail }) });
  }

  async #stop(running: Running): Promise<void> {
    this.#life.abort();
    this.#life = new AbortController();
    this.#running = running;
    const { ssh } = this.#system ?? {};
    this.#system = undefined;
    await ssh?.cut();
  }

  #start(way: () => Promise<void>): void {
    const { signal } = this.#life;
    this.#stuckAt = undefined;
    this.#running = 'firmware';
    way().catch((error: unknown) => {
      if (signal.aborted) return;
      this.#running = 'stuck';
      this.#note('fault', `the boot ended: ${String(error)}`);
    });
  }

  async #firmware(): Promise<void> {
    const { signal } = this.#life;
    this.#starts += 1;
    const boot = this.#starts;
    const target = this.#override ?? 'network';
    this.#override = undefined;
    await delay(this.#pace.postMs, undefined, { signal });
    if (target === 'disk') return this.#bootDisk();
    const end = await networkBoot({
      hardware: this.#saidHardware(boot),
      faults: this.#faults,
      pace: this.#pace,
      relay: this.#options.relay,
      boot,
      xid: this.#options.xid,
      signal,
      onMemory: async (address, seed) => {
        const hostKey = generateKeyPair('');
        await this.#run('memory', address, hostKey, seed.keys, boot);
        return { hostKeyLine: hostKey.publicKey };
      },
    });
    signal.throwIfAborted();
    if (end.kind === 'disk') return this.#bootDisk();
    if (end.kind === 'unanswered') return this.#bootDisk(end.at);
    if (end.kind === 'stuck') return this.#stuck(end.at);
    const loss = faultOf(this.#faults, 'power-loss-after-hello');
    if (loss?.boot !== boot) return;
    await delay(loss.afterMs, undefined, { signal });
    await this.losePower();
  }

  #saidHardware(boot: number): Hardware {
    if (boot < 2 || !lies(this.#faults, 'another-identity')) return this.hardware;
    return { ...this.hardware, uuid: this.#options.otherUuid };
  }

  #stuck(at: SignOfLife | undefined): void {
    this.#running = 'stuck';
    this.#stuckAt = at;
    this.#note('fault', `nothing more is heard: ${at ?? 'no system on any disk'}`);
  }

  async #bootDisk(insteadOf?: SignOfLife): Promise<void> {
    const disk = this.#disks.find(({ bootable, system }) => bootable && system);
    if (!disk?.system) return this.#stuck(insteadOf);
    const { address, hostKey, keys } = disk.system;
    await delay(this.#pace.kernelMs + this.#pace.userspaceMs, undefined, { signal: this.#life.signal });
    await this.#run('installed', address, hostKey, keys, this.#starts);
  }

  async #run(
    kind: RunningSystem['kind'],
    address: Ipv4,
    hostKey: RunningSystem['hostKey'],
    keys: readonly string[],
    boot: number,
  ): Promise<void> {
    this.#note('kernel-started', kind);
    await this.#listen(
      {
        kind,
        address,
        bootId: randomUUID(),
        hostKey,
        files: new Map([[AUTHORIZED_KEYS, `${keys.join('\n')}\n`]]),
        jobs: new Map(),
      },
      boot,
    );
  }

  async #listen(running: RunningSystem, boot: number): Promise<void> {
    const { signal } = this.#life;
    const { kind, address, hostKey } = running;
    const memory = kind === 'memory';
    const refuses = memory && sshFault(this.#faults, 'ssh-refuses', boot);
    const noLogin = memory && sshFault(this.#faults, 'ssh-login-refused', boot);
    const otherKey = memory
      ? sshFault(this.#faults, 'host-key-changed', boot)
      : faultOf(this.#faults, 'installed-host-key-changed') !== undefined;
    const ssh = refuses
      ? undefined
      : await serveSsh({
          address,
          hostKey: (otherKey ? generateKeyPair('') : hostKey).privateKey,
          keys: () => (noLogin ? [] : publicKeys(running.files.get(AUTHORIZED_KEYS) ?? '')),
          onExec: async (command, input, channel, exec) => {
            this.#countCommand();
            await answerCommand(this.#commanded(running, signal), command, input, channel, exec);
          },
        });
    // It may have lost its power while it began to listen.
    if (signal.aborted) return ssh?.cut();
    this.#system = { running, ssh };
    this.#running = kind;
  }

  #countCommand(): void {
    const every = faultOf(this.#faults, 'ssh-drops')?.everyCommands;
    this.#commands += 1;
    if (every === undefined || this.#commands % every !== 0) return;
    this.#note('fault', 'the connection is cut');
    this.#system?.ssh?.drop();
  }

  #commanded(system: RunningSystem, life: AbortSignal): Commanded {
    return {
      hardware: this.hardware,
      faults: this.#faults,
      system,
      disks: this.#disks,
      pace: this.#pace,
      moreAnswers: this.#options.moreAnswers,
      life,
      effect: (effect) => this.#options.journal.add({ machine: this.name, ...effect }),
      beforeScript: (names) => this.#changeDisks(names),
      strike: (fault) => this.#strike(fault),
      leaveFor: (where) => this.#leaveFor(where),
    };
  }

  #changeDisks(names: readonly string[]): void {
    const changed = changedDisks(this.#faults, names, this.#disks);
    if (!changed) return;
    this.#note('fault', 'a disk was changed');
    this.#disks = changed;
    this.#faults = this.#faults.filter((fault) => !('before' in fault));
  }

  #strike(fault: StepFault): void {
    this.#note('fault', faultName(fault));
    switch (fault.kind) {
      case 'power-loss':
        // Once: the same step gets through when it is tried again.
        this.#faults = this.#faults.filter((each) => each !== fault);
        void this.losePower(fault.comesBackMs);
        return;
      case 'panic':
        void this.#stop('stuck');
        return;
      case 'crash':
      case 'hangs':
    }
  }

  /** The same system, at the address that it was told before. */
  async #takeAddress(): Promise<void> {
    const { running, ssh } = this.#system ?? {};
    const address = parseIpv4(running?.files.get(NEXT_ADDRESS) ?? '');
    if (!running || !address) return;
    this.#system = undefined;
    await ssh?.cut();
    await this.#listen({ ...running, address }, this.#starts);
  }

  #leaveFor(where: NonNullable<Reply['goes']>): void {
    const { signal } = this.#life;
    const go = async (): Promise<void> => {
      // The session ends in order first: the controller's scripts wait a second for it.
      await delay(this.#pace.kexecMs, undefined, { signal });
      if (where === 'off') return this.off();
      if (where === 'restart') return this.reset();
      if (where === 'new-address') return this.#takeAddress();
      await this.#stop('firmware');
      this.#start(() => this.#bootDisk());
    };
    go().catch(() => undefined);
  }
}
