import type { Client } from '@temporalio/client';
import { CodedError, type ImageFile, type Script, type Secret, type TestRequest } from '../model/index.ts';
import type { Store } from '../store/types.ts';
import type { LogEntry } from './access-log.ts';
import type { HealthReport } from './schemas/health.ts';

export interface CatalogueLayer {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly systems: readonly string[];
  readonly conflicts: readonly string[];
  readonly roles: readonly {
    readonly name: string;
    readonly does: string;
    readonly min: number;
    readonly max?: number;
    readonly verifies?: true;
  }[];
  readonly secrets: readonly {
    readonly name: string;
    readonly does: string;
    readonly from: 'generated' | 'operator';
    readonly optional?: true;
  }[];
  /** JSON schema of its parameters. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** What can be said about scripts without a machine. */
export interface KnownScripts {
  readonly shipped: readonly Script[];
  /** @throws CodedError REQUEST_INVALID naming the field */
  read(content: string, fallbackName?: string): Script;
  /** @throws CodedError SCRIPT_NOT_FOUND, or REQUEST_INVALID naming the field */
  check(own: readonly Script[], request: TestRequest): void;
}

/** Everything the API stands on. */
export interface Parts {
  readonly store: Store;
  /** @throws CodedError TEMPORAL_UNAVAILABLE while there is no connection. */
  readonly temporal: () => Client;
  readonly token: Secret;
  readonly catalogue: { readonly layers: readonly CatalogueLayer[] };
  /** Absent: this process knows no scripts, and takes none. */
  readonly scripts?: KnownScripts;
  /** What only the process that runs the services knows: DHCP, TFTP, HTTP, disk space. */
  readonly health: () => Promise<HealthReport>;
  readonly site: string;
  /** Our own public line, that machines have to accept. Absent: this process has none. */
  readonly sshKey?: string;
  /** Where the file of that SHA-256 is, or would be. Absent: this process has none. */
  readonly imagePath?: (sha256: string) => string;
  /** Keeps what an operator sends until it was made an image. Absent: this process takes none. */
  readonly receiveImage?: (upload: {
    readonly chunks: AsyncIterable<Uint8Array>;
    readonly size: number;
    readonly sha256?: string;
  }) => Promise<ImageFile>;
  readonly now?: () => Date;
  readonly log?: (entry: LogEntry) => void;
}

/** What a handler may use: the parts, and the description that only the finished app can give. */
export interface RouteParts extends Parts {
  readonly describeApi: () => object;
}

export function scriptsOf({ scripts }: Parts): KnownScripts {
  if (scripts) return scripts;
  throw new CodedError('NOT_FOUND', 'this service knows no scripts');
}
