import fc from 'fast-check';
import type { ServerChannel } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { collectScript, neighboursScript, parseInventory, withNeighbours } from '../../../inventory/index.ts';
import { shellWords } from '../../../lab/sim/ssh/command.ts';
import { answerCommand } from '../../../lab/sim/ssh/exec.ts';
import { generateKeyPair, shell } from '../../../remote/index.ts';
import { attachCommand } from '../../../remote/job-script.ts';
import { endMachines, machine, step } from './running-machine.ts';

afterEach(endMachines);

describe('a simulated sshd, spoken to by the controller', () => {
  it('reads words as a shell does, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0'))), (words) => {
        expect(shellWords(shell`run ${words}`.text)).toEqual(['run', ...words]);
      }),
    );
    expect(shellWords('a; b')).toBeUndefined();
  });

  it('runs commands, and shows who it is', async () => {
    const { dial, on } = await machine();
    const host = await dial();
    expect((await host.run(shell`grep -q root=squash: /proc/cmdline`)).exitCode).toBe(0);
    expect((await host.run(shell`! grep -q root=squash: /proc/cmdline`)).exitCode).toBe(1);
    expect((await host.run(shell`cat /proc/sys/kernel/random/boot_id`)).stdout.trim()).toBe(on.system.bootId);
    await host.write('/etc/motd', 'hello', 0o644);
    expect(Buffer.from(await host.read('/etc/motd', 100)).toString()).toBe('hello');
  });

  it('lets in only the key of its seed, and is known by its host key', async () => {
    const { dial } = await machine();
    await expect(dial(generateKeyPair('').privateKey)).rejects.toMatchObject({ code: 'SSH_LOGIN_REFUSED' });
    await expect(dial(undefined, [generateKeyPair('').publicKey])).rejects.toMatchObject({
      code: 'SSH_HOST_KEY_CHANGED',
    });
  });

  it('runs a job once, though its connection is cut and it is asked for again', async () => {
    const { dial, ssh, effects } = await machine();
    const first = await dial();
    expect(await step(first, 'op-test-1-a-step-1')).toMatchObject({ exitCode: 0, startedHere: true });
    ssh.drop();
    const again = await step(await dial(), 'op-test-1-a-step-1');
    expect(again).toMatchObject({ exitCode: 0, startedHere: false });
    // `true` is no script of the controller's: it was noted, once.
    expect(effects.map(({ kind }) => kind)).toEqual(['unrecognised']);
  });

  it('starts no job whose script did not arrive whole: its sender died, and sends it again', async () => {
    const { dial, on, effects } = await machine();
    const name = 'op-test-1-a-step-1';
    const attach = { name, deadlineSeconds: 60, offset: 0, id: 'ab12', scriptBytes: 5 };
    const said: string[] = [];
    const channel = { write: (text: string) => said.push(text), exit: () => undefined, end: () => undefined };
    const { signal } = new AbortController();
    const half = Buffer.from('tru');
    await answerCommand(on, attachCommand(attach).text, half, channel as unknown as ServerChannel, signal);
    expect(said).toEqual(['ab12 refused the script did not arrive whole\n']);
    expect(on.system.jobs.size).toBe(0);
    expect(await step(await dial(), name)).toMatchObject({ exitCode: 0, startedHere: true });
    expect(effects).toHaveLength(1);
  });

  it('prints an inventory that the controller understands', async () => {
    const { dial, hardware } = await machine();
    const host = await dial();
    const { stdout } = await host.run(collectScript());
    const found = withNeighbours(parseInventory(stdout), (await host.run(neighboursScript())).stdout);
    expect(found.system).toMatchObject({ serial: hardware.serial, uuid: hardware.uuid });
    expect(found.disks.map(({ serial }) => serial)).toEqual(hardware.disks.map(({ serial }) => serial));
    expect(found.nics.map(({ mac }) => mac)).toEqual(hardware.macs);
    expect(found.nics[0]?.neighbour?.system).toBe('sw1');
  });
});

describe('ways to go wrong, as the controller sees them', () => {
  const crash = { kind: 'crash', at: 'a step', when: 'before', exitCode: 7 } as const;
  const name = 'op-test-1-a-step-1';

  it('a crash is an exit status', async () => {
    const { dial, struck } = await machine([crash]);
    expect((await step(await dial(), name)).exitCode).toBe(7);
    expect(struck).toEqual(['crash']);
  });

  it('another step is spared', async () => {
    const { dial } = await machine([crash]);
    expect((await step(await dial(), 'op-test-1-another-1')).exitCode).toBe(0);
  });

  it('a job that hangs is stopped at its deadline', async () => {
    const { dial } = await machine([{ kind: 'hangs', at: 'a step' }]);
    const host = await dial();
    await expect(host.job(name, shell`true`, { deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'STEP_DEADLINE',
    });
  });

  it('a log without an end is not followed for ever, though the machine never says that it is one', async () => {
    const { dial } = await machine([{ kind: 'lies', about: 'log-flood' }]);
    await expect(step(await dial(), name)).rejects.toMatchObject({ code: 'REMOTE_OUTPUT_REFUSED' });
  });

  it.each([
    ['broken-json', 'INVENTORY_INVALID'],
    ['cut-off', 'INVENTORY_INVALID'],
    ['huge-output', 'REMOTE_OUTPUT_REFUSED'],
  ] as const)('an inventory of the kind %s is refused: %s', async (about, code) => {
    const { dial } = await machine([{ kind: 'lies', about }]);
    const host = await dial();
    const maxOutputBytes = 16 * 1024 ** 2;
    await expect(
      host.run(collectScript(), { maxOutputBytes }).then(({ stdout }) => parseInventory(stdout)),
    ).rejects.toMatchObject({ code });
  });

  it('control characters are taken out', async () => {
    const { dial } = await machine([{ kind: 'lies', about: 'control-characters' }]);
    const { stdout } = await (await dial()).run(collectScript());
    expect(JSON.stringify(parseInventory(stdout))).not.toMatch(/\\u00[01]|\\u202e|\\r/);
  });
});
