/** Something that was done to a machine and cannot be taken back by forgetting it. */
export type EffectKind =
  | 'powered-on'
  | 'powered-off'
  | 'lost-power'
  | 'kernel-started'
  | 'took-intent'
  | 'wrote-partition-table'
  | 'made-arrays'
  | 'made-volumes'
  | 'made-file-systems'
  | 'wrote-image'
  | 'configured'
  | 'made-bootable'
  | 'erased-disk'
  /** A command that the simulator does not know: it was answered with an empty success. */
  | 'unrecognised'
  /** A fault had its say. */
  | 'fault';

export interface Effect {
  readonly at: number;
  readonly machine: string;
  readonly kind: EffectKind;
  /** Serial of the disk, where it is about one. */
  readonly disk?: string;
  /** The one-time intent, where the script carries one. */
  readonly intent?: string;
  readonly detail?: string;
}

/** Append-only, so that a test can count what happened twice. */
export interface Journal {
  add(effect: Omit<Effect, 'at'>): void;
  all(): readonly Effect[];
  of(machine: string): readonly Effect[];
}

export function createJournal(): Journal {
  const effects: Effect[] = [];
  return {
    add: (effect) => effects.push({ at: Date.now(), ...effect }),
    all: () => effects,
    of: (machine) => effects.filter((effect) => effect.machine === machine),
  };
}

const destructive: readonly EffectKind[] = [
  'wrote-partition-table',
  'made-arrays',
  'made-volumes',
  'made-file-systems',
];

/** Destructive effects that one intent had more than once on one disk: none may be. */
export function doubleEffects(effects: readonly Effect[]): readonly string[] {
  const seen = new Map<string, number>();
  for (const { machine, kind, disk, intent } of effects) {
    if (!destructive.includes(kind)) continue;
    const key = `${machine} ${kind} ${disk ?? ''} ${intent ?? ''}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  return [...seen].filter(([, count]) => count > 1).map(([key, count]) => `${key} ×${count}`);
}
