import { hasSquashfs, type MachineRecord } from '../model/index.ts';
import type { Store } from '../store/types.ts';
import { invalid } from './invalid.ts';

/** What can be said of an image before anything is asked of the machine. That there is none, its plan will say. */
export async function demandDeployable(store: Store, { arch }: MachineRecord, name: string): Promise<void> {
  const image = await store.images.find(name, arch);
  if (image?.kind !== 'root' || hasSquashfs(image)) return;
  throw invalid(
    'image',
    `${name} is a tar archive, which cannot be deployed: import the same tree as a squashfs (mksquashfs)`,
  );
}
