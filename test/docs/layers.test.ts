import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { allLayers } from '../../layers/index.ts';

const page = (path: string) => readFile(new URL(`../../docs/${path}`, import.meta.url), 'utf8');

it('the reference has a row for each layer, in order, that leads to its page', async () => {
  const rows = [
    ...(await page('reference/layers.md')).matchAll(
      /^\| (\S+) \| .+ \| \[(\S+)\]\(\.\.\/(layers\/\S+\.md)\) \|$/gm,
    ),
  ];
  expect(rows.map(([, name]) => name)).toEqual([...allLayers().keys()].toSorted());
  for (const [, name, link, path = ''] of rows) {
    expect([link, path]).toEqual([name, `layers/${name}.md`]);
    expect(await page(path), path).toContain('rackwright layer apply');
  }
});
