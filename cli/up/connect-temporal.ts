import { homedir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { CodedError } from '../../model/index.ts';
import type { TemporalAccess } from '../../worker/temporal-access.ts';
import { temporalBinary } from '../../worker/temporal-binary.ts';
import { startTemporalServer, type TemporalServer } from '../../worker/temporal-server.ts';

/** The Temporal server of a small installation: our child, with its file beside our data. */
export async function embeddedTemporal(
  dataDirectory: string,
  report: (line: string) => void,
): Promise<TemporalServer> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright');
  const binary = await temporalBinary(cache, report);
  const server = await startTemporalServer({
    binary,
    databaseFile: join(dataDirectory, 'temporal.db'),
    report,
  });
  report(`Temporal runs at ${server.address}`);
  return server;
}

/** @throws CodedError TEMPORAL_UNAVAILABLE */
export async function connectTemporal(
  { address, tls }: TemporalAccess,
  connectTimeout = 10_000,
): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout, ...(tls && { tls }) });
  } catch (error) {
    throw new CodedError('TEMPORAL_UNAVAILABLE', `No Temporal server answers at ${address}.`, {}, error);
  }
}
