import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  NativeConnection,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { controlActivities, siteActivities } from '../activities/create.ts';
import type { ActivityDependencies } from '../activities/deps.ts';
import { CONTROL_QUEUE, siteQueue } from '../workflows/messages.ts';
import { attempts } from './attempts.ts';
import { codedFailures } from './coded-failures.ts';
import { failureConverterPath, type TemporalAccess } from './temporal-access.ts';

/** One bundle for all workers and for the replay of histories. */
export function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    failureConverterPath,
    logger: { trace() {}, debug() {}, info() {}, warn: console.error, error: console.error, log() {} },
  });
}

/** `control` keeps our own records; `site` touches machines, and is served near them alone. */
export type Queue = 'control' | 'site';

export interface WorkerOptions {
  /** An address is enough for a server on this computer that is spoken to in clear. */
  readonly temporal: Pick<TemporalAccess, 'address'> & Partial<TemporalAccess>;
  /** Needed for the queue `control`, whose workflows are in it. */
  readonly bundle?: WorkflowBundleWithSourceMap;
  readonly dependencies: ActivityDependencies;
  readonly site: string;
  /** Default: both. */
  readonly queues?: readonly Queue[];
  /** What the server shows of who took a task. Default: process and host. */
  readonly identity?: string;
}

/** A worker a queue: separate, so that a hundred hanging SSH sessions never starve our own records. */
export async function startWorkers(
  options: WorkerOptions,
): Promise<{ stop(): Promise<void>; failed: Promise<never> }> {
  const { queues = ['control', 'site'] } = options;
  const { address, tls, namespace, dataConverter } = options.temporal;
  const connection = await NativeConnection.connect({ address, ...(tls && { tls }) });
  const common = {
    connection,
    ...(namespace !== undefined && { namespace }),
    ...(dataConverter && { dataConverter }),
    ...(options.identity !== undefined && { identity: options.identity }),
    // What runs gets a minute to end; the rest is taken up again from its heartbeat by whoever comes next.
    shutdownGraceTime: '5s',
    shutdownForceTime: '20s',
  } satisfies Partial<Parameters<typeof Worker.create>[0]>;
  const workers: Worker[] = [];
  if (queues.includes('control')) {
    workers.push(
      await Worker.create({
        ...common,
        taskQueue: CONTROL_QUEUE,
        ...(options.bundle && { workflowBundle: options.bundle }),
        activities: controlActivities(options.dependencies),
        interceptors: { activity: [codedFailures] },
        maxCachedWorkflows: 500,
        // The picture that others read follows at once, also when many machines change.
        maxConcurrentActivityTaskExecutions: 100,
      }),
    );
  }
  if (queues.includes('site')) {
    workers.push(
      await Worker.create({
        ...common,
        taskQueue: siteQueue(options.site),
        activities: siteActivities(options.dependencies),
        // The story is told of what the step said, before it becomes Temporal's failure.
        interceptors: { activity: [codedFailures, attempts(options.dependencies.store.timeline)] },
        maxConcurrentActivityTaskExecutions: 200,
        maxHeartbeatThrottleInterval: '3s',
        defaultHeartbeatThrottleInterval: '3s',
      }),
    );
  }
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    failed: running.then(
      () => new Promise<never>(() => undefined),
      (error: unknown) => Promise.reject(error),
    ),
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => undefined);
      await connection.close();
    },
  };
}
