import type { PowerDrivers } from '../../power/index.ts';
import { startPowerPolling } from '../../power/index.ts';
import type { Store } from '../../store/index.ts';

/** Looks at the power of the machines of a site for as long as the process runs. @returns what ends it. */
export function watchPower({
  store,
  power,
  site,
  log,
}: {
  readonly store: Store;
  readonly power: PowerDrivers;
  readonly site: string;
  readonly log: (event: Readonly<Record<string, unknown>>) => void;
}): () => Promise<void> {
  const ending = new AbortController();
  const polling = startPowerPolling({
    machines: async () => (await store.machines.list()).filter((machine) => machine.site === site),
    driverFor: (parameters, machine) => power.driverFor(parameters, machine),
    record: (machineId, observed) => store.observedPower.record(machineId, observed),
    signal: ending.signal,
    report: (error) => log({ kind: 'power-polling', error: String(error) }),
  });
  return async () => {
    ending.abort();
    await polling.catch(() => undefined);
  };
}
