import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openJournal, readJournal } from '../../../boot/dhcp/journal.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rw-journal-'));
});
afterAll(() => rm(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);

describe('journal', () => {
  test('starts with the snapshot alone, in a folder that need not be there', async () => {
    const path = at('new/folder/leases');
    expect(await readJournal(path)).toEqual([]);
    const journal = await openJournal(path, () => ['one', 'two']);
    await journal.append(['three']);
    expect(await readJournal(path)).toEqual(['one', 'two', 'three']);
    await journal.close();
  });

  test('forgets half a line at the end, and writes over it', async () => {
    const path = at('torn');
    await writeFile(path, 'one\ntwo\nthr');
    const lines = await readJournal(path);
    expect(lines).toEqual(['one', 'two']);
    const journal = await openJournal(path, () => lines);
    await journal.append(['four']);
    await journal.close();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\nfour\n');
  });

  test('resolves a line when it is on disk, in order, and shares the disk among those that wait', async () => {
    const path = at('group');
    const journal = await openJournal(path, () => []);
    const expected = Array.from({ length: 500 }, (_, index) => `line ${index}`);
    const done: string[] = [];
    await Promise.all(
      expected.map(async (line) => {
        await journal.append([line]);
        done.push(line);
      }),
    );
    expect(done).toEqual(expected);
    expect(journal.waiting).toBe(0);
    expect(await readJournal(path)).toEqual(expected);
    await journal.close();
  });

  test('writes itself anew when most of it is history', async () => {
    const path = at('compact');
    let latest = 'none';
    const journal = await openJournal(path, () => [latest]);
    for (let round = 0; round < 30; round += 1) {
      latest = `round ${round}`;
      await journal.append(Array.from({ length: 100 }, () => latest));
    }
    await journal.close();
    const lines = await readJournal(path);
    expect(lines.length).toBeLessThan(1300);
    expect(lines.at(-1)).toBe('round 29');
  });

  test('close writes what waits', async () => {
    const path = at('close');
    const journal = await openJournal(path, () => []);
    const last = journal.append(['last']);
    await journal.close();
    await last;
    expect(await readJournal(path)).toEqual(['last']);
  });

  test('a line that could not be written is said so', async () => {
    const journal = await openJournal(at('closed'), () => []);
    await journal.close();
    await expect(journal.append(['late'])).rejects.toThrow();
    await appendFile(at('closed'), '');
  });
});
