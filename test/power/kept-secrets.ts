import { Secret } from '../../model/index.ts';
import type { PowerSecrets } from '../../power/index.ts';

/** Secrets by `id/field`, in memory. */
export function keptSecrets(initial: Readonly<Record<string, string>> = {}): PowerSecrets & {
  readonly all: ReadonlyMap<string, string>;
} {
  const all = new Map(Object.entries(initial));
  return {
    all,
    get: (id, field) => {
      const value = all.get(`${id}/${field}`);
      return Promise.resolve(value === undefined ? undefined : new Secret(value));
    },
    put: (id, field, value) => {
      all.set(`${id}/${field}`, value.reveal());
      return Promise.resolve();
    },
  };
}
