import { statfs } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { type HealthCheck, type HealthReport, viewSites } from '../../api/index.ts';
import type { Store } from '../../store/index.ts';

export interface HealthOptions {
  readonly store: Store;
  readonly client: Client;
  readonly temporalAddress: string;
  readonly dataDirectory: string;
  /** Of the boot services of this process, when it has them. */
  readonly rackAddress: string | undefined;
  readonly site: string;
  readonly roles: readonly string[];
}

/** What works here and what does not, each with the next thing to try. */
export async function health(options: HealthOptions): Promise<HealthReport> {
  const checks = await Promise.all([
    check('store', 'The database answers.', () => options.store.ping(3_000), [
      'Is its disk full? Is it running?',
    ]),
    check(
      'temporal',
      `The Temporal server at ${options.temporalAddress} answers.`,
      () => options.client.withDeadline(Date.now() + 3_000, () => ask(options.client)),
      ['With the embedded server: it is started again by itself; see the log. Otherwise start it.'],
    ),
    bootServices(options),
    sites(options),
    subnets(options),
    images(options),
    disk(options),
  ]);
  return { ok: checks.every(({ ok }) => ok), checks };
}

async function check(
  name: string,
  message: string,
  look: () => Promise<unknown>,
  next: readonly string[],
): Promise<HealthCheck> {
  try {
    await look();
    return { name, ok: true, message };
  } catch (error) {
    return { name, ok: false, message: error instanceof Error ? error.message : String(error), next };
  }
}

async function ask(client: Client): Promise<void> {
  await client.workflowService.describeNamespace({ namespace: client.options.namespace });
}

/** A site without a rack stands still, and says nothing by itself. */
async function sites({ store, client, site }: HealthOptions): Promise<HealthCheck> {
  const name = 'sites';
  const found = await viewSites({ store, temporal: () => client, site }).catch(() => undefined);
  if (!found) return { name, ok: false, message: 'Who serves the sites cannot be told.', next: [] };
  const without = found.filter(({ unserved }) => unserved).map((one) => one.name);
  if (without.length === 0)
    return { name, ok: true, message: found.map((one) => `${one.name}: ${one.racks.length}`).join(', ') };
  return {
    name,
    ok: false,
    message: `No rack serves ${without.join(', ')}: work there waits.`,
    next: without.map((one) => `On a computer near its machines: rackwright up --roles rack --site ${one}`),
  };
}

async function bootServices({ rackAddress, roles }: HealthOptions): Promise<HealthCheck> {
  if (!roles.includes('rack'))
    return { name: 'boot', ok: true, message: 'The racks of the sites serve it, not this process.' };
  if (rackAddress)
    return { name: 'boot', ok: true, message: `DHCP, TFTP and HTTP listen at ${rackAddress}.` };
  return {
    name: 'boot',
    ok: false,
    message: 'No boot services run here: no machine can be found or booted.',
    next: ['Start with your address in the rack network: rackwright up --rack-address ADDRESS'],
  };
}

async function subnets({ store }: HealthOptions): Promise<HealthCheck> {
  const found = await store.subnets.list().catch(() => []);
  if (found.length > 0)
    return { name: 'subnets', ok: true, message: found.map(({ name }) => name).join(', ') };
  return {
    name: 'subnets',
    ok: false,
    message: 'There is no subnet: nobody is answered.',
    next: ['Describe it: rackwright subnet add --help'],
  };
}

async function images({ store }: HealthOptions): Promise<HealthCheck> {
  const found = await store.images.list().catch(() => []);
  if (found.length > 0) {
    const names = found.map(({ name, arch, serial }) => `${name} ${arch} ${serial}`);
    return { name: 'images', ok: true, message: names.join(', ') };
  }
  return {
    name: 'images',
    ok: false,
    message: 'There is no image: nothing can be booted.',
    next: ['Fetch some: rackwright image sync URL --keyring FILE'],
  };
}

/** One whole image set with room for the next one beside it. */
const LOW_BYTES = 4 * 1024 ** 3;

async function disk({ dataDirectory }: HealthOptions): Promise<HealthCheck> {
  const { bavail, bsize } = await statfs(dataDirectory);
  const free = bavail * bsize;
  const message = `${(free / 1024 ** 3).toFixed(1)} GiB free for data.`;
  return free >= LOW_BYTES
    ? { name: 'disk', ok: true, message }
    : { name: 'disk', ok: false, message, next: ['Make room: images need up to 1 GiB each.'] };
}
