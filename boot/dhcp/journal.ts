import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * An append-only file of lines that survives kill -9 and power loss: `append` resolves when its line is on disk. All
 * lines that arrive while the disk is busy share the next fdatasync, so a storm of clients costs few of them.
 */
export interface Journal {
  append(lines: readonly string[]): Promise<void>;
  /** Lines given to `append` that are not on disk yet. */
  readonly waiting: number;
  /** Writes what waits, then closes. */
  close(): Promise<void>;
}

/** Fewer lines than this are not worth rewriting: about 100 KB. */
const leastLinesToCompact = 1024;

/** The whole lines of a journal. What follows the last line end was torn by a crash, and was never acknowledged. */
export async function readJournal(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
}

/** `snapshot` gives the lines that say everything that is true now; the file starts with them and nothing else. */
export async function openJournal(path: string, snapshot: () => readonly string[]): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true });
  return new FileJournal(path, snapshot, await writeWhole(path, snapshot()));
}

interface Waiting {
  readonly text: string;
  readonly lines: number;
  resolve(): void;
  reject(error: unknown): void;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly length: number;
  readonly lines: number;
}

class FileJournal implements Journal {
  readonly #path: string;
  readonly #snapshot: () => readonly string[];
  #file: OpenFile;
  #compactAt: number;
  #queue: Waiting[] = [];
  #waiting = 0;
  #writing: Promise<void> | undefined;

  constructor(path: string, snapshot: () => readonly string[], file: OpenFile) {
    this.#path = path;
    this.#snapshot = snapshot;
    this.#file = file;
    this.#compactAt = compactionPoint(file.lines);
  }

  get waiting(): number {
    return this.#waiting;
  }

  append(lines: readonly string[]): Promise<void> {
    this.#waiting += lines.length;
    return new Promise((resolve, reject) => {
      const text = lines.map((line) => `${line}\n`).join('');
      this.#queue.push({ text, lines: lines.length, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.handle.close();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const lines = batch.reduce((sum, each) => sum + each.lines, 0);
      try {
        if (this.#file.lines >= this.#compactAt) await this.#compact();
        await this.#write(Buffer.from(batch.map((each) => each.text).join('')), lines);
        for (const each of batch) each.resolve();
      } catch (error) {
        for (const each of batch) each.reject(error);
      }
      this.#waiting -= lines;
    }
    // In the same turn as the look at the queue: a line that comes now starts the next drain.
    this.#writing = undefined;
  }

  /** At the end of what is known to be whole: half a line of a full disk is written over, not appended to. */
  async #write(bytes: Buffer, lines: number): Promise<void> {
    const { handle, length } = this.#file;
    for (let done = 0; done < bytes.length; ) {
      done += (await handle.write(bytes, done, bytes.length - done, length + done)).bytesWritten;
    }
    await handle.datasync();
    this.#file = { handle, length: length + bytes.length, lines: this.#file.lines + lines };
  }

  async #compact(): Promise<void> {
    const old = this.#file.handle;
    try {
      this.#file = await writeWhole(this.#path, this.#snapshot());
    } catch {
      // No room for a second file: the first still takes lines.
      this.#compactAt *= 2;
      return;
    }
    this.#compactAt = compactionPoint(this.#file.lines);
    await old.close();
  }
}

function compactionPoint(lines: number): number {
  return Math.max(leastLinesToCompact, lines * 4);
}

/** A new file beside the old one, made durable, then put in its place: a crash leaves the one or the other, whole. */
async function writeWhole(path: string, lines: readonly string[]): Promise<OpenFile> {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const next = `${path}.next`;
  const handle = await open(next, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
    await rename(next, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { handle, length: bytes.length, lines: lines.length };
}

/** Without it the rename itself may be lost. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
