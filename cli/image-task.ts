import { setTimeout as delay } from 'node:timers/promises';
import type { Failure, Image, ImageProgress } from '../model/index.ts';
import { CommandError, reportOf } from './command-error.ts';
import { exitStatus, statusOfFailure } from './exit-status.ts';
import { cleanJson } from './output.ts';
import { imageView, type UsedImage } from './pages/image-view.ts';
import { progressLine } from './pages/progress-line.ts';
import type { Session } from './session.ts';
import { isPassing, patienceMs } from './wait/passing.ts';

interface ImageTask {
  readonly state: 'running' | 'succeeded' | 'failed';
  readonly progress?: ImageProgress;
  readonly images?: readonly Image[];
  readonly failure?: Failure;
}

/** A pipe gets a line now and then; a terminal one line that changes. */
const pipeLineMs = 10_000;

/** Shows how far a sync or an import is, until its end. @returns the exit status. */
export async function awaitImageTask(session: Session, path: string): Promise<number> {
  const leave = new AbortController();
  process.once('SIGINT', () => leave.abort());
  const started = performance.now();
  const screen = progressScreen(session);
  let known: ImageTask | undefined;
  let answeredAt = started;
  while (!leave.signal.aborted) {
    try {
      known = await session.api.get<ImageTask>(path);
      answeredAt = performance.now();
    } catch (error) {
      if (!isPassing(error) || performance.now() - answeredAt > patienceMs) throw error;
    }
    const { state, images, progress, failure } = known ?? { state: 'running' };
    if (progress) screen.show(progress);
    if (state === 'succeeded') {
      screen.end();
      await session.print(await withUsers(session, images ?? []), imageView);
      return exitStatus.done;
    }
    if (failure) {
      screen.end();
      throw new CommandError(reportOf(failure), statusOfFailure(failure.code));
    }
    if (session.timeoutMs !== undefined && performance.now() - started > session.timeoutMs) {
      screen.end();
      session.say(`Still at work; it goes on. Look: rackwright api GET ${path}`);
      return exitStatus.waitTimedOut;
    }
    await delay(1000, undefined, { signal: leave.signal }).catch(() => undefined);
  }
  screen.end();
  session.say(`Detached; it goes on. Look: rackwright api GET ${path}`);
  return exitStatus.detached;
}

/** What came is in use at once where a subnet boots that image, or a machine runs it. */
async function withUsers({ api }: Session, images: readonly Image[]): Promise<readonly UsedImage[]> {
  const { items } = await api.get<{ items: readonly UsedImage[] }>('/v1/images');
  return images.map((image) => ({
    ...image,
    usedBy: items.find((known) => keys.every((key) => known[key] === image[key]))?.usedBy ?? [],
  }));
}
const keys = ['name', 'arch', 'kernel', 'flavour', 'serial'] as const;

function progressScreen(session: Session) {
  const { form, around } = session;
  const isForPrograms = form === 'json' || form === 'jsonl';
  let shown = '';
  let shownAt = Number.NEGATIVE_INFINITY;
  let stage = '';
  return {
    show(progress: ImageProgress): void {
      const line = isForPrograms ? cleanJson({ progress }) : progressLine(progress);
      if (line === shown) return;
      if (around.stderr.isTTY && !isForPrograms) {
        around.stderr.write(`\r\x1b[K${line.slice(0, (around.stderr.columns || 100) - 1)}`);
      } else {
        const isDue = progress.stage !== stage || isForPrograms || performance.now() - shownAt >= pipeLineMs;
        if (!isDue) return;
        session.say(line);
      }
      shown = line;
      shownAt = performance.now();
      ({ stage } = progress);
    },
    end(): void {
      if (around.stderr.isTTY && !isForPrograms && shown !== '') around.stderr.write('\r\x1b[K');
    },
  };
}
