import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { allLayers, describeLayer } from '../../layers/index.ts';
import { type Example, exampleContext } from './example.ts';

/**
 * What each layer does to a machine, for whoever wants to read it before: `test/layers/plans/`. After a change, look at
 * the difference and write it anew: npx vitest run --project unit test/layers/plans --update
 */
const hasShellcheck = !spawnSync('shellcheck', ['--version']).error;

describe.each([...allLayers().values()])('$name', (layer) => {
  test('its plans are as they were read last, and its scripts are good shell', async () => {
    const { examples } = (await import(`./plans/${layer.name}.ts`)) as { examples: readonly Example[] };
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const context = exampleContext(layer, example);
      const deeds = {
        demands: layer.demands?.(context) ?? [],
        steps: layer.apply(context),
        verifications: layer.verify(context),
      };
      const removal = { demands: [], steps: layer.remove(context), verifications: [] };
      const plan = [
        ...describeLayer(layer, deeds),
        '',
        'taken away',
        ...describeLayer(layer, removal).slice(1),
        '',
      ].join('\n');
      await expect(plan).toMatchFileSnapshot(`plans/${layer.name}.${example.title}.txt`);

      const names = deeds.steps.map(({ name }) => name);
      expect(new Set(names).size, 'two steps have one name').toBe(names.length);
      for (const step of deeds.steps) if (step.restarts) expect(step.done, step.name).toBeDefined();
      const scripts = [
        layer.check(context),
        ...deeds.demands.flatMap((demand) => (demand.kind === 'script' ? [demand.script] : [])),
        ...[...deeds.steps, ...removal.steps].flatMap(({ done, script }) => [
          ...(done ? [done] : []),
          script,
        ]),
        ...deeds.verifications.flatMap((one) => (one.kind === 'command' ? [one.script] : [])),
      ];
      for (const { text } of scripts) {
        expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' }).stderr, text).toBe('');
        if (!hasShellcheck) continue;
        // SC2016: what is not expanded in single quotes is not meant to be. SC2015: `a && b || c` is meant as it says.
        const options = ['--shell=sh', '--severity=warning', '--exclude=SC2016,SC2015', '-'];
        const { stdout } = spawnSync('shellcheck', options, { input: text, encoding: 'utf8' });
        expect(stdout, text).toBe('');
      }
    }
  });
});
