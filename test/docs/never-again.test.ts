import { access, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = await readFile(new URL('docs/reference/never-again.md', root), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

it('has every row, each with what holds it or why nothing does', () => {
  const numbers = [...Array.from({ length: 36 }, (_, index) => index + 1), 58];
  expect(rows.map(([number]) => Number(number))).toEqual(numbers);
  for (const [number, , holds = ''] of rows)
    expect(/`test\/[^`]+`|[Nn]ot (covered|built)/.test(holds), `row ${number}`).toBe(true);
});

const named = [...new Set(rows.flatMap(([, , holds = '']) => holds.match(/test\/[^`]+\.ts/g) ?? []))];
it.each(named)('names %s, which exists', async (file) => {
  await access(fileURLToPath(new URL(file, root)));
});
