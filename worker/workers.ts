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
import { codedFailures } from './coded-failures.ts';

/** One bundle for all workers and for the replay of histories. */
export function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    logger: { trace() {}, debug() {}, info() {}, warn: console.error, error: console.error, log() {} },
  });
}

export interface WorkerOptions {
  readonly temporalAddress: string;
  readonly bundle: WorkflowBundleWithSourceMap;
  readonly dependencies: ActivityDependencies;
  readonly site: string;
}

/** The two workers of one process: separate, so that a hundred hanging SSH sessions never starve our own records. */
export async function startWorkers(
  options: WorkerOptions,
): Promise<{ stop(): Promise<void>; failed: Promise<never> }> {
  const connection = await NativeConnection.connect({ address: options.temporalAddress });
  const common = {
    connection,
    interceptors: { activity: [codedFailures] },
    // What runs gets a minute to end; the rest is taken up again from its heartbeat by whoever comes next.
    shutdownGraceTime: '5s',
    shutdownForceTime: '20s',
  } satisfies Partial<Parameters<typeof Worker.create>[0]>;
  const control = await Worker.create({
    ...common,
    taskQueue: CONTROL_QUEUE,
    workflowBundle: options.bundle,
    activities: controlActivities(options.dependencies),
    maxCachedWorkflows: 500,
    // The picture that others read follows at once, also when many machines change.
    maxConcurrentActivityTaskExecutions: 100,
  });
  const site = await Worker.create({
    ...common,
    taskQueue: siteQueue(options.site),
    activities: siteActivities(options.dependencies),
    maxConcurrentActivityTaskExecutions: 200,
    maxHeartbeatThrottleInterval: '3s',
    defaultHeartbeatThrottleInterval: '3s',
  });
  const running = Promise.all([control.run(), site.run()]);
  return {
    failed: running.then(
      () => new Promise<never>(() => undefined),
      (error: unknown) => Promise.reject(error),
    ),
    async stop() {
      for (const worker of [control, site]) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => undefined);
      await connection.close();
    },
  };
}
