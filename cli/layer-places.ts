import { usageError } from './command-error.ts';

/** A machine that a layer is laid on, as people name it. */
export interface NamedPlace {
  readonly machine: string;
  readonly role?: string;
}

/** `r1-u1`, `controller=r1-u1`, `compute=r1-u2,r1-u3`. All of them have a role, or none has. */
export function layerPlaces(words: readonly string[]): readonly NamedPlace[] {
  const places = words.flatMap((word): readonly NamedPlace[] => {
    const [role = '', names] = word.split(/=(.*)/s);
    if (names === undefined) return [{ machine: word }];
    const machines = names.split(',').filter((name) => name !== '');
    if (!/^[a-z][a-z0-9-]*$/.test(role) || machines.length === 0)
      throw usageError(`${word} names no machines of a role`, 'Write it like compute=r1-u2,r1-u3.');
    return machines.map((machine) => ({ machine, role }));
  });
  const withRole = places.filter(({ role }) => role !== undefined);
  if (withRole.length > 0 && withRole.length < places.length)
    throw usageError('some machines have a role and others have none');
  return places;
}
