import { DefaultLogger } from '@temporalio/worker';

/** What Temporal's client and workers have to say, as fields in our own log. */
export function temporalLogger(log: (event: Readonly<Record<string, unknown>>) => void): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message, meta }) =>
    log({ kind: 'temporal', level, message, ...meta }),
  );
}
