import { setTimeout as delay } from 'node:timers/promises';
import type { Failure, Image } from '../../model/index.ts';
import { type CommandSpec, isSet, text } from '../command.ts';
import { CommandError, reportOf } from '../command-error.ts';
import { exitStatus, statusOfFailure } from '../exit-status.ts';
import { readKeyring } from '../keyring.ts';
import { imageView } from '../pages/image-view.ts';
import type { Session } from '../session.ts';

interface SyncState {
  readonly state: 'running' | 'succeeded' | 'failed';
  readonly images?: readonly Image[];
  readonly failure?: Failure;
}

export const command: CommandSpec = {
  description:
    'Fetch images from a simplestreams mirror. Nothing is used that is not signed by the key ring, and what is here already is not fetched again.',
  flags: [
    {
      flags: '--keyring <file>',
      description: 'OpenPGP public keys that sign the stream, armoured or binary',
      required: true,
    },
    { flags: '--os <name>', description: 'only this system, such as debian' },
    { flags: '--version <version>', description: 'only this version, such as 12' },
    { flags: '--arch <arch>', description: 'architecture', choices: ['amd64', 'arm64'], fallback: 'amd64' },
    { flags: '--wait', description: 'until it is whole (this is what happens anyway)' },
    { flags: '--detach', description: 'return as soon as it is at work' },
  ],
  examples: [
    'rackwright image sync https://images.example.org/streams/ --keyring keys.asc',
    'rackwright image sync https://images.example.org/streams/ --keyring keys.asc --os debian --version 12 --detach',
  ],
  async run({ args, options, session }) {
    const keyring = await readKeyring(text(options, 'keyring') as string);
    const os = text(options, 'os');
    const version = text(options, 'version');
    const { id } = await session.api.send<{ id: string }>('POST', '/v1/images/sync', {
      url: args[0],
      keyring,
      arch: text(options, 'arch'),
      ...(os !== undefined && { os }),
      ...(version !== undefined && { version }),
    });
    const path = `/v1/images/sync/${id}`;
    if (isSet(options, 'detach')) {
      session.say(`At work. Look: rackwright api GET ${path}`);
      return exitStatus.done;
    }
    return awaitSync(session, path);
  },
};

async function awaitSync(session: Session, path: string): Promise<number> {
  const leave = new AbortController();
  process.once('SIGINT', () => leave.abort());
  const started = performance.now();
  session.say('Fetching and verifying …');
  while (!leave.signal.aborted) {
    const { state, images, failure } = await session.api.get<SyncState>(path);
    if (state === 'succeeded') {
      await session.print(images ?? [], imageView);
      return exitStatus.done;
    }
    if (failure) throw new CommandError(reportOf(failure), statusOfFailure(failure.code));
    if (session.timeoutMs !== undefined && performance.now() - started > session.timeoutMs) {
      session.say(`Still at work; it goes on. Look: rackwright api GET ${path}`);
      return exitStatus.waitTimedOut;
    }
    await delay(1000, undefined, { signal: leave.signal }).catch(() => undefined);
  }
  session.say(`Detached; it goes on. Look: rackwright api GET ${path}`);
  return exitStatus.detached;
}
