import { randomUUID } from 'node:crypto';
import {
  type BootImage,
  type Bootloader,
  type BootRecord,
  filesOf,
  isBootImage,
  newestFirst,
  type SignOfLife,
  type Subnet,
} from '../model/index.ts';
import { contains, type Ipv4, type Mac } from '../net/index.ts';
import type { Store } from '../store/index.ts';

/** What a machine is to be answered with. */
export type NextBoot =
  | { readonly kind: 'network'; readonly boot: BootRecord }
  /** Known, and nobody ordered a network boot: it starts from its own disk. */
  | { readonly kind: 'local' }
  /** Unknown, and the subnet does not discover: an address at most. */
  | { readonly kind: 'none' };

interface Unwritten {
  readonly work: () => Promise<void>;
  readonly written: PromiseWithResolvers<void>;
}

/** From its first sign to hello, for a machine that nobody ordered to boot (docs/security.md, rule 1). */
const DISCOVERY_LIFE_MS = 15 * 60_000;
const REFRESH_MS = 5_000;

/**
 * All that boot answers need, in memory. It follows the store and goes on answering from what it last saw while the
 * database is away; what it learns meanwhile (signs of life, discovery boots) is written as soon as the store is back.
 */
export class BootDirectory {
  #subnets: readonly Subnet[] = [];
  /** Those that a machine can run from memory. */
  #images: readonly BootImage[] = [];
  #bootloaders = new Map<string, Bootloader>();
  #artefacts = new Set<string>();
  #machineOf = new Map<Mac, string>();
  #declared = new Set<Mac>();
  #boots = new Map<string, BootRecord>();
  readonly #unwritten: Unwritten[] = [];
  readonly #store: Store;
  readonly #onSign: (boot: BootRecord, sign: SignOfLife) => void;
  #writing: Promise<void> | undefined;

  constructor(store: Store, onSign: (boot: BootRecord, sign: SignOfLife) => void) {
    this.#store = store;
    this.#onSign = onSign;
  }

  subnetOf(address: Ipv4): Subnet | undefined {
    return this.#subnets.find(({ cidr }) => contains(cidr, address));
  }

  subnets(): readonly Subnet[] {
    return this.#subnets;
  }

  image(name: string, arch: string): BootImage | undefined {
    return this.#images.find((image) => image.name === name && image.arch === arch);
  }

  bootloader(fileName: string): Bootloader | undefined {
    return this.#bootloaders.get(fileName);
  }

  /** Whether this content may be served at all: the only names that the artefact route knows. */
  isArtefact(sha256: string): boolean {
    return this.#artefacts.has(sha256);
  }

  /** What is known of a card without opening anything: what DHCP answers by. Undefined: an unknown card. */
  known(mac: Mac, now: Date): Exclude<NextBoot, { kind: 'none' }> | undefined {
    const boot = this.#openBoots(now).findLast((candidate) => candidate.mac === mac);
    if (boot) return { kind: 'network', boot };
    return this.#machineOf.has(mac) ? { kind: 'local' } : undefined;
  }

  /** Whether somebody wrote down that a machine with this card should arrive. */
  isDeclared(mac: Mac): boolean {
    return this.#declared.has(mac);
  }

  /** What a card does next; opens a discovery boot for an unknown one where the subnet says so. */
  next(mac: Mac, subnet: Subnet, now: Date): NextBoot {
    const known = this.known(mac, now);
    if (known) return known;
    const isWelcome =
      subnet.discovery === 'on' || (subnet.discovery === 'declared-only' && this.isDeclared(mac));
    if (!isWelcome || !this.image(subnet.ephemeralImage, 'amd64')) return { kind: 'none' };
    return { kind: 'network', boot: this.#openDiscovery(mac, subnet, now) };
  }

  bootById(id: string, now: Date): BootRecord | undefined {
    return this.#openBoots(now).find((boot) => boot.id === id);
  }

  bootAt(address: Ipv4, now: Date): BootRecord | undefined {
    return this.#openBoots(now).findLast((boot) => boot.address === address);
  }

  /** The address is bound once: a boot belongs to the lease that it began with. */
  bindAddress(boot: BootRecord, address: Ipv4): void {
    if (this.#boots.get(boot.id)?.address === address) return;
    this.#change(boot.id, { address });
    this.#write(() => this.#store.boots.bind(boot.id, { address }));
  }

  sign(boot: BootRecord, sign: SignOfLife, at: Date): void {
    const known = this.#boots.get(boot.id);
    if (!known || known.signs[sign]) return;
    this.#change(boot.id, { signs: { ...known.signs, [sign]: at.toISOString() } });
    this.#onSign(known, sign);
    this.#write(async () => {
      await this.#store.boots.sign(boot.id, sign, at);
    });
  }

  consumed(bootId: string): void {
    this.#boots.delete(bootId);
  }

  /**
   * Everything learned before this call is in the store, if it can be reached. What other machines bring meanwhile is
   * not waited for: in a storm of boots that would be without end.
   */
  async flush(): Promise<void> {
    const last = this.#unwritten.at(-1);
    if (!last) return;
    await Promise.race([last.written.promise, this.#writing]);
    if (!this.#unwritten.includes(last)) return;
    // What was under way has met a store that was away, or nothing was.
    this.#startWriting();
    await Promise.race([last.written.promise, this.#writing]);
  }

  /** Follows the store until the signal. Resolves once the first picture is here. */
  async follow(signal: AbortSignal): Promise<void> {
    // A wake that comes while the picture is being read, the first one too, is not lost: it is read once more.
    let isStale = false;
    let wake = (): void => undefined;
    const unsubscribe = await this.#store.events.subscribe(() => {
      isStale = true;
      wake();
    });
    signal.addEventListener('abort', () => {
      wake();
      unsubscribe().catch(() => undefined);
    });
    try {
      await this.#refresh();
    } catch (error) {
      await unsubscribe();
      throw error;
    }
    const nextWake = (): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, REFRESH_MS).unref();
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    const loop = async (): Promise<void> => {
      while (!signal.aborted) {
        if (!isStale) await nextWake();
        if (signal.aborted) return;
        isStale = false;
        // While the database is away the last picture stands.
        await this.#refresh().catch(() => undefined);
        if (this.#unwritten.length > 0) this.#startWriting();
      }
    };
    loop().catch(() => undefined);
  }

  async #refresh(): Promise<void> {
    const now = new Date();
    const [subnets, images, bootloaders, boots, machines, declared] = await Promise.all([
      this.#store.subnets.list(),
      this.#store.images.list(),
      this.#store.images.bootloaders(),
      this.#store.boots.openBoots(now),
      this.#store.machines.list({ limit: 100_000 }),
      this.#store.declared.list(),
    ]);
    this.#subnets = subnets;
    // Newest first, so that a name finds the newest serial.
    this.#images = images.filter(isBootImage).sort(newestFirst);
    this.#bootloaders = new Map(bootloaders.map((bootloader) => [bootloader.fileName, bootloader]));
    this.#artefacts = new Set(images.flatMap(filesOf).map(({ sha256 }) => sha256));
    this.#machineOf = new Map(machines.flatMap(({ id, identity }) => identity.macs.map((mac) => [mac, id])));
    this.#declared = new Set(declared.flatMap(({ macs }) => macs));
    const unwrittenBoots = this.#unwritten.length > 0 ? this.#openBoots(now) : [];
    const merged = new Map(unwrittenBoots.map((boot) => [boot.id, boot]));
    for (const boot of boots) {
      const mine = this.#boots.get(boot.id);
      merged.set(boot.id, { ...boot, ...mine, signs: { ...boot.signs, ...mine?.signs } });
    }
    this.#boots = merged;
  }

  #openBoots(now: Date): BootRecord[] {
    return [...this.#boots.values()].filter(({ expiresAt }) => Date.parse(expiresAt) > now.getTime());
  }

  #openDiscovery(mac: Mac, subnet: Subnet, now: Date): BootRecord {
    const boot = newBoot({ mac, purpose: 'discovery', image: subnet.ephemeralImage }, now, DISCOVERY_LIFE_MS);
    this.#boots.set(boot.id, boot);
    this.#write(() => this.#store.boots.open(boot));
    return boot;
  }

  #change(id: string, values: Partial<BootRecord>): void {
    const boot = this.#boots.get(id);
    if (boot) this.#boots.set(id, { ...boot, ...values });
  }

  #write(work: () => Promise<void>): void {
    this.#unwritten.push({ work, written: Promise.withResolvers() });
    this.#startWriting();
  }

  #startWriting(): void {
    this.#writing ??= this.#writeAll()
      .catch(() => undefined)
      .finally(() => {
        this.#writing = undefined;
      });
  }

  /** In order; the first that fails stays at the head for the next time. */
  async #writeAll(): Promise<void> {
    for (let next = this.#unwritten[0]; next; next = this.#unwritten[0]) {
      await next.work();
      this.#unwritten.shift();
      next.written.resolve();
    }
  }
}

/** A boot that is open from now, for `lifeMs` or until hello. */
export function newBoot(
  values: Pick<BootRecord, 'mac' | 'purpose' | 'image'> & { readonly machineId?: string },
  now: Date,
  lifeMs: number,
): BootRecord {
  return {
    id: randomUUID(),
    ...values,
    signs: {},
    openedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + lifeMs).toISOString(),
  };
}
