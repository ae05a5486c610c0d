import { codeOf, errorTable } from '../model/index.ts';
import type { Parts } from './parts.ts';
import type { HealthCheck, HealthReport } from './schemas/health.ts';
import { withTemporal } from './temporal.ts';

const answerWithinMs = 3000;

/** What the API can see for itself, then what the services beside it report. A report of theirs goes before ours. */
export async function examine(parts: Parts): Promise<HealthReport> {
  const [own, theirs] = await Promise.all([
    Promise.all([checkTemporal(parts), checkStore(parts), checkImages(parts), checkSubnets(parts)]),
    parts
      .health()
      .catch((error: unknown): HealthReport => ({ ok: false, checks: [failed('services', error)] })),
  ]);
  const reported = new Set(theirs.checks.map((check) => check.name));
  const checks = [...own.filter((check) => !reported.has(check.name)), ...theirs.checks];
  return { ok: checks.every((check) => check.ok), checks };
}

async function checkTemporal({ temporal }: Parts): Promise<HealthCheck> {
  return check('temporal', async () => {
    await withTemporal(temporal, (client) => client.workflowService.getSystemInfo({}), answerWithinMs);
    return 'answers';
  });
}

async function checkStore({ store }: Parts): Promise<HealthCheck> {
  return check('store', async () => {
    await store.ping(answerWithinMs);
    return 'answers';
  });
}

async function checkImages({ store }: Parts): Promise<HealthCheck> {
  return check('images', async () => {
    const images = await store.images.list();
    if (images.length > 0) return `${images.length} here`;
    return {
      message: 'none is here, so no machine can boot',
      next: ['rackwright image sync URL --keyring FILE'],
    };
  });
}

async function checkSubnets({ store }: Parts): Promise<HealthCheck> {
  return check('subnets', async () => {
    const subnets = await store.subnets.list();
    if (subnets.length > 0) return subnets.map(({ name, cidr }) => `${name} ${cidr}`).join(', ');
    return { message: 'none is known, so nobody is answered', next: ['rackwright subnet add NAME --help'] };
  });
}

/** A text means well. */
async function check(
  name: string,
  look: () => Promise<string | { readonly message: string; readonly next: readonly string[] }>,
): Promise<HealthCheck> {
  try {
    const found = await look();
    return typeof found === 'string' ? { name, ok: true, message: found } : { name, ok: false, ...found };
  } catch (error) {
    return failed(name, error);
  }
}

function failed(name: string, error: unknown): HealthCheck {
  const code = codeOf(error) ?? 'INTERNAL';
  return { name, ok: false, message: errorTable[code].cause, next: errorTable[code].next };
}
