import {
  CodedError,
  type DeclaredArrival,
  type DeclaredMachine,
  type HardwareIdentity,
  matchDeclared,
  type PowerDriverEntry,
  powerDriverTable,
  type PowerParameters,
  powerSecretId,
} from '../../model/index.ts';
import type { Store } from '../../store/index.ts';

/**
 * What was written down of a machine that nobody has seen yet. Undefined: nothing was. Its secrets are copied to a
 * record of its own, so that a new import of the file does not take them away from it.
 * @throws CodedError DECLARED_AMBIGUOUS when it fits more than one declaration, or one only in part: never a guess.
 */
export async function declaredArrival(
  store: Store,
  machineId: string,
  identity: HardwareIdentity,
): Promise<DeclaredArrival | undefined> {
  const match = matchDeclared(await store.declared.list(), identity);
  switch (match.kind) {
    case 'none':
      return undefined;
    case 'conflict':
      throw new CodedError(
        'DECLARED_AMBIGUOUS',
        `It cannot be said which of the declared machines this is: ${match.because}.`,
        { declarations: match.names.join(', ') },
      );
    case 'match': {
      const power = await ownPower(store, machineId, match.declared);
      return { name: match.declared.name, ...(power && { power }) };
    }
  }
}

async function ownPower(
  store: Store,
  machineId: string,
  { power }: DeclaredMachine,
): Promise<PowerParameters | undefined> {
  const from = power && powerSecretId(power);
  if (!power || from === undefined) return power;
  const to = `bmc-${machineId}-declared`;
  const entry: PowerDriverEntry = powerDriverTable[power.driver];
  for (const field of entry.secrets) {
    const value = await store.secrets.get(from, field);
    if (value) await store.secrets.put(to, field, value);
  }
  return 'passwordSecret' in power
    ? { ...power, passwordSecret: to }
    : ({ ...power, secret: to } as PowerParameters);
}
