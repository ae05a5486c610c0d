import { join } from 'node:path';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type Options, text } from './command.ts';
import { usageError } from './command-error.ts';
import type { OutputForm } from './flags.ts';
import { render, type View } from './output.ts';
import type { Surroundings } from './surroundings.ts';

/** What a command works with: the service, the terminal, and the flags that all commands share. */
export interface Session {
  readonly api: ApiClient;
  readonly dataDir: string;
  readonly form: OutputForm;
  readonly color: boolean;
  /** Undefined: wait as long as it takes. */
  readonly timeoutMs?: number;
  readonly around: Surroundings;
  /** Data, to stdout. */
  print<Item>(items: readonly Item[], view: View<Item>, isSingle?: boolean): Promise<void>;
  /** Talk, to stderr, one line. */
  say(line: string): void;
}

export function openSession(options: Options, around: Surroundings): Session {
  const dataDir = text(options, 'dataDir') ?? around.env.RW_DATA_DIR ?? defaultDataDir(around);
  const form = (text(options, 'output') ?? 'table') as OutputForm;
  const wait = text(options, 'timeout');
  const timeoutMs = wait === undefined ? undefined : parseDuration(wait);
  return {
    api: createApiClient({
      socketPath: join(dataDir, 'api.sock'),
      tokenFile: text(options, 'tokenFile') ?? around.env.RW_TOKEN_FILE ?? join(dataDir, 'token'),
      ...(timeoutMs !== undefined && { timeoutMs }),
    }),
    dataDir,
    form,
    color: options.color !== false && !around.env.NO_COLOR && around.stderr.isTTY,
    ...(timeoutMs !== undefined && { timeoutMs }),
    around,
    async print(items, view, isSingle) {
      around.stdout.write(await render(form, items, view, isSingle));
    },
    say: (line) => void around.stderr.write(`${line}\n`),
  };
}

function defaultDataDir({ uid, env, home }: Surroundings): string {
  if (uid === 0) return '/var/lib/rackwright';
  return join(env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'rackwright');
}

const unitsInMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

export function parseDuration(given: string): number {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(given);
  if (!match) throw usageError(`--timeout ${given} is no duration`, 'Write it like 90s, 20m or 2h.');
  return Number(match[1]) * unitsInMs[match[2] as keyof typeof unitsInMs];
}
