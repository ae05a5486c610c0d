import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { negotiate, type Terms } from '../../../boot/tftp/negotiate.ts';
import {
  advance,
  blockCount,
  type Step,
  startTransfer,
  type TransferInput,
} from '../../../boot/tftp/transfer.ts';

const terms = (size: number, options: Record<string, string> = {}): Terms =>
  negotiate(new Map(Object.entries(options)), size);

/** `1-4 wait 1000`, `oack wait 1000`, `done`, `-` for nothing at all. */
function told(step: Step): string {
  const { send, waitMs } = step;
  const sent = send ? (send.kind === 'oack' ? 'oack' : `${send.first}-${send.last}`) : '';
  const waiting = waitMs === undefined ? '' : `wait ${waitMs}`;
  const phase = ['done', 'failed'].includes(step.transfer.phase) ? step.transfer.phase : '';
  return [sent, waiting, phase].filter(Boolean).join(' ') || '-';
}

function play(start: Terms, ...inputs: (number | 'timeout' | 'error')[]): string[] {
  let step = startTransfer(start);
  const story = [told(step)];
  for (const input of inputs) {
    const event: TransferInput = typeof input === 'number' ? { kind: 'ack', block: input } : { kind: input };
    step = advance(step.transfer, event);
    story.push(told(step));
  }
  return story;
}

describe('a transfer', () => {
  test.each<[string, Terms, Parameters<typeof play>[1][], string[]]>([
    ['without options starts with data', terms(700), [1, 2], ['1-1 wait 1000', '2-2 wait 1000', 'done']],
    [
      'with options starts with their answer',
      terms(700, { tsize: '0' }),
      [0, 1, 2],
      ['oack wait 1000', '1-1 wait 1000', '2-2 wait 1000', 'done'],
    ],
    [
      'of whole blocks ends with an empty one',
      terms(1024),
      [1, 2, 3],
      ['1-1 wait 1000', '2-2 wait 1000', '3-3 wait 1000', 'done'],
    ],
    ['of nothing is one empty block', terms(0), [1], ['1-1 wait 1000', 'done']],
    [
      'with a window sends it whole',
      terms(3000, { windowsize: '4' }),
      [0, 4, 6],
      ['oack wait 1000', '1-4 wait 1000', '5-6 wait 1000', 'done'],
    ],
    [
      'with a gap in the window goes on behind the last that arrived',
      terms(3000, { windowsize: '4' }),
      [0, 2, 6],
      ['oack wait 1000', '1-4 wait 1000', '3-6 wait 1000', 'done'],
    ],
    [
      'whose first block of a window was lost sends it again, once',
      terms(6000, { windowsize: '4' }),
      [0, 4, 4, 4],
      ['oack wait 1000', '1-4 wait 1000', '5-8 wait 1000', '5-8 wait 1000', '-'],
    ],
    [
      'never answers a repeated acknowledgement (RFC 1123 4.2.3.1)',
      terms(2000),
      [1, 1, 1, 2],
      ['1-1 wait 1000', '2-2 wait 1000', '-', '-', '3-3 wait 1000'],
    ],
    [
      'ignores what was not sent yet',
      terms(2000),
      [7, 65535, 1],
      ['1-1 wait 1000', '-', '-', '2-2 wait 1000'],
    ],
    [
      'ignores data acknowledgements before its options are',
      terms(2000, { tsize: '0' }),
      [1, 0],
      ['oack wait 1000', '-', '1-1 wait 1000'],
    ],
    [
      'waits longer each time, then gives up',
      terms(10),
      Array(6).fill('timeout'),
      [
        '1-1 wait 1000',
        '1-1 wait 2000',
        '1-1 wait 4000',
        '1-1 wait 8000',
        '1-1 wait 8000',
        '1-1 wait 8000',
        'failed',
      ],
    ],
    [
      'is patient again after any progress',
      terms(2000),
      ['timeout', 1, 'timeout'],
      ['1-1 wait 1000', '1-1 wait 2000', '2-2 wait 1000', '2-2 wait 2000'],
    ],
    [
      'waits as the client asked',
      terms(2000, { timeout: '3' }),
      ['timeout', 'timeout'],
      ['oack wait 3000', 'oack wait 3000', 'oack wait 3000'],
    ],
    [
      'ends when the client says so',
      terms(2000, { tsize: '0' }),
      ['error', 0, 'timeout'],
      ['oack wait 1000', 'failed', '- failed'.slice(2), 'failed'],
    ],
  ])('%s', (_, start, inputs, story) => {
    expect(play(start, ...inputs)).toEqual(story);
  });

  test('counts past the 65535 blocks that the wire can name', () => {
    const start = terms(8 * 70_000, { blksize: '8', windowsize: '16' });
    let step = advance(startTransfer(start).transfer, { kind: 'ack', block: 0 });
    let windows = 0;
    while (step.transfer.phase === 'sending') {
      step = advance(step.transfer, { kind: 'ack', block: step.transfer.sent & 0xffff });
      windows += 1;
    }
    expect(step.transfer).toMatchObject({ phase: 'done', acked: 70_001 });
    expect(windows).toBe(Math.ceil(70_001 / 16));
  });

  /** A receiver by RFC 7440 behind a network that loses, repeats and delays: the file arrives, or both know that not. */
  test('arrives over any network that is not dead', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.constantFrom('1', '2', '5', '16'),
        fc.array(fc.constantFrom('ok', 'ok', 'ok', 'lost', 'twice'), { minLength: 1, maxLength: 30 }),
        (size, windowsize, luck) => {
          const start = terms(size, { windowsize, blksize: '64' });
          const total = blockCount(start);
          let step = startTransfer(start);
          let sending = step.send;
          let [received, turns] = [0, 0];
          let greeted = false;
          const fate = (): string => luck[turns++ % luck.length] as string;
          for (
            let round = 0;
            round < 20_000 && !['done', 'failed'].includes(step.transfer.phase);
            round += 1
          ) {
            const acks: number[] = [];
            const send = sending;
            sending = undefined;
            if (send?.kind === 'oack' && fate() !== 'lost') {
              greeted = true;
              acks.push(0);
            }
            if (send?.kind === 'blocks') {
              expect(greeted).toBe(true);
              for (let block = send.first; block <= send.last; block += 1) {
                if (fate() !== 'lost' && block === received + 1) received = block;
              }
              acks.push(received);
            }
            const heard = acks.flatMap((ack) => ({ ok: [ack], lost: [], twice: [ack, ack] })[fate()] ?? []);
            const inputs: TransferInput[] = heard.map((block) => ({ kind: 'ack', block }));
            if (inputs.length === 0) inputs.push({ kind: 'timeout' });
            for (const input of inputs) {
              step = advance(step.transfer, input);
              sending = step.send ?? sending;
            }
          }
          if (step.transfer.phase === 'done') expect(received).toBe(total);
          else expect([step.transfer.phase, step.transfer.silent]).toEqual(['failed', 6]);
        },
      ),
    );
  });
});
