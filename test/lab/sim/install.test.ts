import { afterEach, describe, expect, it } from 'vitest';
import { installSteps } from '../../../install/index.ts';
import type { Answering } from '../../../lab/sim/answers/answer.ts';
import { recognise } from '../../../lab/sim/answers/recognise.ts';
import type { SimDisk } from '../../../lab/sim/disk.ts';
import { doubleEffects } from '../../../lab/sim/index.ts';
import { context, plan } from '../../install/example.ts';
import { endMachines, machine } from './running-machine.ts';

afterEach(endMachines);

describe('an installation on a simulated disk', () => {
  const deployment = plan();
  const steps = installSteps(deployment, context());
  /** The one disk that the plan was made for. */
  const disk = (serial = 'DISK-1'): SimDisk => ({
    name: 'vda',
    serial,
    wwn: '',
    model: 'm',
    size: 20 * 1024 ** 3,
    rotational: false,
  });

  async function install(disks: readonly SimDisk[], names = steps.map(({ name }) => name)) {
    const { on, effects } = await machine([], disks);
    const ended = names.map((name) => {
      const script = steps.find((each) => each.name === name)?.script.text ?? '';
      const asked = { script, input: Buffer.alloc(0), job: name };
      return recognise(asked)?.reply(on satisfies Answering, asked).exitCode ?? 0;
    });
    return { ended, kinds: effects.map(({ kind }) => kind), effects };
  }

  it('knows each step, and does what it says', async () => {
    const there = disk();
    const { ended, kinds } = await install([there]);
    expect(ended).toEqual(steps.map(() => 0));
    expect(kinds).toEqual([
      'took-intent',
      'wrote-partition-table',
      'made-file-systems',
      'wrote-image',
      'configured',
      'made-bootable',
    ]);
    expect(there).toMatchObject({ table: context().intentId, bootable: true });
    expect(there.system).toMatchObject({ address: deployment.network.address });
  });

  it('refuses a permission that was used: exit status 82, and nothing is written twice', async () => {
    const { ended, effects } = await install([disk()], ['find disk', 'partition', 'partition']);
    expect(ended).toEqual([0, 0, 82]);
    expect(doubleEffects(effects.map((effect) => ({ at: 0, machine: 'm', ...effect })))).toEqual([]);
  });

  it('goes on in no other boot of the machine: exit status 83', async () => {
    expect((await install([disk()], ['write image'])).ended).toEqual([83]);
  });

  it.each([
    ['another disk', [disk('OTHER')]],
    ['no disk', []],
    ['two alike', [disk(), disk()]],
  ])('finds %s: exit status 80, nothing is written', async (_, disks) => {
    expect(await install(disks, ['find disk'])).toMatchObject({ ended: [80], kinds: [] });
  });
});
