import { homedir } from 'node:os';
import { join } from 'node:path';

/** What is fetched or built once, for all runs. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright');
}
