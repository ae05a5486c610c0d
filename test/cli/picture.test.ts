import { expect, test } from 'vitest';
import { painter } from '../../cli/style.ts';
import { drawProgress } from '../../cli/wait/picture.ts';
import { createScreen } from '../../cli/wait/screen.ts';
import { operation } from '../api/records.ts';

const now = new Date('2026-11-22T10:02:10.000Z');
const plain = painter(false);

test('a block a machine: done and running steps, what is waited for, the newest log line', () => {
  const running = { ...operation('m-1/deploy/1'), lastLines: { 'wait for hello': 'link is \x1b[31mup' } };
  const lines = drawProgress(
    [
      { target: { machine: 'r1-u1', operationId: 'm-1/deploy/1' }, operation: running },
      { target: { machine: 'r1-u2', operationId: 'm-2/deploy/1' } },
    ],
    now,
    plain,
  );
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "r1-u1  deploy debian/12  at work, 2m 10s
      ✓ power on  8s
      ⧗ wait for hello  2m 2s  waits for r1-u1 to say hello, until 10:10:08Z
          link is up

    r1-u2  accepted, about to start"
  `);
});

test('a failure comes with its cause and what to do', () => {
  const failure = {
    code: 'BOOT_NO_DHCP',
    message: 'r1-u1 was powered on and nothing was heard of it.',
  } as const;
  const [waiting] = operation('m-1/deploy/1').steps.slice(1);
  const failed = operation('m-1/deploy/1', {
    state: 'failed',
    steps: [{ ...(waiting as object), state: 'failed', endedAt: now.toISOString(), failure } as never],
    failure,
    endedAt: now.toISOString(),
  });
  const target = { machine: 'r1-u1', operationId: failed.id };
  const lines = drawProgress([{ target, operation: { ...failed, lastLines: {} } }], now, plain);
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "r1-u1  deploy debian/12  failed, 2m 10s
      ✗ wait for hello  2m 2s
    error BOOT_NO_DHCP: r1-u1 was powered on and nothing was heard of it.
      why: The machine was powered on, and no DHCP request of it was seen.
      do:  Is its boot order network first, and is PXE on for that network card?
      do:  Is its switch port in the rack network (VLAN, link up)?
      do:  Check the services: rackwright doctor"
  `);
});

test('the picture is drawn over itself, and no line is wider or the whole higher than the screen', () => {
  let written = '';
  const out = {
    columns: 20,
    rows: 5,
    write: (text: string) => (written += text),
  } as unknown as NodeJS.WriteStream;
  const screen = createScreen(out);
  screen.draw(['one', 'two']);
  expect(written).toBe('\r\x1b[Jone\ntwo\n');
  written = '';
  screen.draw([...'abcdef'.split(''), `\x1b[31m${'x'.repeat(40)}\x1b[0m`]);
  expect(written).toBe(`\x1b[2A\r\x1b[Jd\ne\nf\n\x1b[31m${'x'.repeat(19)}\x1b[0m\n`);
});
