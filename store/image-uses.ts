import { filesOf, type Image, isBootImage, newestFirst } from '../model/index.ts';
import type { BootRecord, DeployPlan, MachineRecord, Operation, Subnet } from '../model/index.ts';
import type { Trx } from './database.ts';

/** Everything that can need an image, as one transaction sees it. */
export interface ImageWorld {
  readonly images: readonly Image[];
  readonly machines: readonly MachineRecord[];
  readonly subnets: readonly Subnet[];
  /** Neither consumed nor expired. */
  readonly openBoots: readonly Pick<BootRecord, 'mac' | 'image'>[];
  /** Operations at work; without a plan while theirs is being made. */
  readonly running: readonly { readonly operation: Operation; readonly plan?: DeployPlan }[];
}

export type ImageUsers = (image: Image) => readonly string[];

/** Who needs an image, in words: `machine r1-u1`, `subnet rack1`. Empty: it may go. */
export function imageUsers(world: ImageWorld): ImageUsers {
  const newest = newestOf(world.images, ({ name, arch }) => `${name} ${arch}`);
  const newestToBoot = newestOf(world.images.filter(isBootImage), ({ name, arch }) => `${name} ${arch}`);
  const planned = world.running.map(({ operation, plan }) => ({ id: operation.id, hashes: hashesIn(plan) }));
  const planning = world.running.filter(isPlanning);
  return (image) => {
    const hashes = filesOf(image).map(({ sha256 }) => sha256);
    const isNewestToBoot = newestToBoot.has(image);
    return [
      ...world.machines.flatMap(({ name, arch, deployment, session }) => [
        ...(deployment?.image === image.name && deployment.imageSerial === image.serial && arch === image.arch
          ? [`machine ${name}`]
          : []),
        ...(session && hashes.includes(session.squashfs)
          ? [`machine ${name}, which runs it from memory`]
          : []),
      ]),
      ...world.openBoots
        .filter((boot) => isNewestToBoot && boot.image === image.name)
        .map(({ mac }) => `the boot of ${mac}`),
      ...planned
        .filter((plan) => hashes.some((sha256) => plan.hashes.has(sha256)))
        .map(({ id }) => `operation ${id}`),
      // It chooses the newest; which name it wants, only its plan will say.
      ...planning
        .filter(() => newest.has(image))
        .map(({ operation }) => `operation ${operation.id}, which is choosing its image`),
      ...world.subnets
        .filter((subnet) => isNewestToBoot && subnet.ephemeralImage === image.name)
        .map(({ name }) => `subnet ${name}`),
    ];
  };
}

/** A deployment whose plan is not in the store yet: it may have read an image that is gone by now. */
export function isPlanning({ operation, plan }: ImageWorld['running'][number]): boolean {
  return operation.kind === 'deploy' && plan === undefined;
}

/** Whatever the form of a plan: each SHA-256 in it is a file that it needs. */
export function hashesIn(document: unknown): ReadonlySet<string> {
  return new Set(JSON.stringify(document ?? null).match(/(?<=")[0-9a-f]{64}(?=")/g) ?? []);
}

export async function readImageWorld(trx: Trx, images: readonly Image[], now: Date): Promise<ImageWorld> {
  const machines = (await trx.selectFrom('machine').select('document').execute()).map((row) => row.document);
  const subnets = (await trx.selectFrom('subnet').select('document').execute()).map((row) => row.document);
  const openBoots = await trx
    .selectFrom('boot')
    .select('document')
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', now.toISOString())
    .execute();
  const atWork = machines.flatMap(({ operationId }) => operationId ?? []);
  const running: ImageWorld['running'][number][] = [];
  // PostgreSQL takes 65,535 parameters a statement.
  for (let start = 0; start < atWork.length; start += 1_000) {
    const rows = await trx
      .selectFrom('operation')
      .leftJoin('plan', 'plan.operation_id', 'operation.id')
      .select(['operation.document as operation', 'plan.document as plan'])
      .where('operation.id', 'in', atWork.slice(start, start + 1_000))
      .execute();
    for (const { operation, plan } of rows) {
      if (operation.state === 'running') running.push({ operation, ...(plan && { plan }) });
    }
  }
  return { images, machines, subnets, openBoots: openBoots.map((row) => row.document), running };
}

function newestOf(images: readonly Image[], keyOf: (image: Image) => string): ReadonlySet<Image> {
  const newest = new Map<string, Image>();
  for (const image of images.toSorted(newestFirst)) {
    if (!newest.has(keyOf(image))) newest.set(keyOf(image), image);
  }
  // Several kernels of one serial are equally new.
  return new Set(images.filter((image) => newest.get(keyOf(image))?.serial === image.serial));
}
