/** Counts things that anybody on the wire can cause, and says now and then how many there were. */
export class Tally {
  readonly #quietMs: number;
  readonly #now: () => number;
  readonly #counts = new Map<string, { unsaid: number; quietUntil: number }>();

  constructor(now: () => number, quietMs = 10_000) {
    this.#now = now;
    this.#quietMs = quietMs;
  }

  /** How many to report now, this one included; undefined while it is too early to speak again. Keys are constant texts. */
  count(key: string): number | undefined {
    const entry = this.#counts.get(key) ?? { unsaid: 0, quietUntil: 0 };
    this.#counts.set(key, entry);
    entry.unsaid += 1;
    if (this.#now() < entry.quietUntil) return undefined;
    entry.quietUntil = this.#now() + this.#quietMs;
    const { unsaid } = entry;
    entry.unsaid = 0;
    return unsaid;
  }
}

/** Lets so many things through in a time, and counts nothing else: for what one client may cause often, but not forever. */
export class Quota {
  readonly #most: number;
  readonly #now: () => number;
  readonly #windowMs: number;
  #left = 0;
  #until = 0;

  constructor(now: () => number, most: number, windowMs = 10_000) {
    this.#now = now;
    this.#most = most;
    this.#windowMs = windowMs;
  }

  take(): boolean {
    if (this.#now() >= this.#until) {
      this.#until = this.#now() + this.#windowMs;
      this.#left = this.#most;
    }
    this.#left -= 1;
    return this.#left >= 0;
  }
}
