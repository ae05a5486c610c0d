import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLayer, type Layer, layerDigest } from '../../layers/index.ts';
import { exampleContext } from './example.ts';

/** docs/guide/write-a-layer.md: what people copy from it is a layer. */
const root = fileURLToPath(new URL('../..', import.meta.url));
// Beside the others, so that what it imports is found; its name is nobody's.
const folder = join(root, 'layers', `guide-${process.pid}`);
let tree: Layer;

beforeAll(async () => {
  const guide = await readFile(join(root, 'docs/guide/write-a-layer.md'), 'utf8');
  const [, name = '', code = ''] = /^```ts (\S+)\n([^]*?)^```$/m.exec(guide) ?? [];
  expect(name).toBe('layers/tree/tree.ts');
  const file = join(folder, 'tree.ts');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, code);
  ({ tree } = (await import(file)) as { tree: Layer });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the layer of the guide has what a layer has', () => {
  const context = exampleContext(tree, { title: '', parameters: { greeting: "It's me" } });
  const deeds = {
    demands: tree.demands?.(context) ?? [],
    steps: tree.apply(context),
    verifications: tree.verify(context),
  };
  expect(layerDigest(tree, deeds)).toMatch(/^[0-9a-f]{64}$/);
  expect(describeLayer(tree, deeds).join('\n')).toContain("It'\\''s me");
  for (const { script } of [...deeds.steps, ...tree.remove(context)])
    expect(spawnSync('sh', ['-n'], { input: script.text, encoding: 'utf8' })).toMatchObject({ status: 0 });
});
