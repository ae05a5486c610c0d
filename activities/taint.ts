import { CodedError, type EphemeralSession } from '../model/index.ts';
import type { Store } from '../store/index.ts';

type Place = Pick<EphemeralSession, 'bootId'>;

/**
 * docs/security.md, rule 28. In the store before the first program of an image runs, so that no worker's death can
 * make anybody forget it.
 */
export async function taint({ boots }: Pick<Store, 'boots'>, { bootId }: Place): Promise<void> {
  if (await boots.taint(bootId, new Date())) return;
  throw new CodedError('INTERNAL', `Nobody knows of boot ${bootId}: what runs in it could not be noted.`);
}

export async function isTainted({ boots }: Pick<Store, 'boots'>, { bootId }: Place): Promise<boolean> {
  return (await boots.get(bootId))?.taintedAt !== undefined;
}

/** Before anything secret is sent. @throws CodedError MEMORY_TAINTED */
export async function demandClean(store: Pick<Store, 'boots'>, place: Place): Promise<void> {
  if (!(await isTainted(store, place))) return;
  throw new CodedError('MEMORY_TAINTED', 'Programs of an image have run in the system that is in memory.');
}
