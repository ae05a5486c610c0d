import type { Client } from '@temporalio/client';
import type { Secret } from '../model/index.ts';
import type { Store } from '../store/types.ts';
import type { LogEntry } from './access-log.ts';
import type { HealthReport } from './schemas/health.ts';

export interface CatalogueLayer {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly systems: readonly string[];
}

/** Everything the API stands on. */
export interface Parts {
  readonly store: Store;
  /** @throws CodedError TEMPORAL_UNAVAILABLE while there is no connection. */
  readonly temporal: () => Client;
  readonly token: Secret;
  readonly catalogue: { readonly layers: readonly CatalogueLayer[] };
  /** What only the process that runs the services knows: DHCP, TFTP, HTTP, disk space. */
  readonly health: () => Promise<HealthReport>;
  readonly site: string;
  readonly now?: () => Date;
  readonly log?: (entry: LogEntry) => void;
}

/** What a handler may use: the parts, and the description that only the finished app can give. */
export interface RouteParts extends Parts {
  readonly describeApi: () => object;
}
