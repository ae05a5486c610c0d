import { describe, expect, test } from 'vitest';
import { exitStatus, statusOfAll, statusOfRefusal } from '../../cli/exit-status.ts';
import { cleanJson, render } from '../../cli/output.ts';
import { layerParameters } from '../../cli/layer-parameters.ts';
import { parseDuration } from '../../cli/session.ts';
import { renderTable } from '../../cli/table.ts';
import { bytes, clean, duration, width } from '../../cli/text.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

const dangerous = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

describe('nothing that a terminal obeys gets through', () => {
  const view = {
    columns: [{ title: 'T', cell: ({ text }: { text: string }) => text }],
    name: ({ text }: { text: string }) => text,
  };
  test('in any form, for the whole corpus', async () => {
    const hostile = [
      '\x1b[2J',
      '\x9b31m',
      '\x1b]0;x\x07',
      '\x1b]8;;http://x\x1b\\y',
      '\u202egpj.exe',
      'a\x00b',
      '\x1bP+q\x1b\\',
    ];
    for (const text of [...nastyStrings, ...hostile]) {
      for (const form of ['table', 'wide', 'name', 'json', 'jsonl', 'yaml'] as const) {
        const printed = await render(form, [{ text }], view);
        expect(
          dangerous.test(printed),
          `${form} of ${JSON.stringify(text)}: ${JSON.stringify(printed)}`,
        ).toBe(false);
      }
      // A name or a cell is one line, whatever is in it.
      expect((await render('name', [{ text }], view)).split('\n')).toHaveLength(2);
      expect((await render('table', [{ text }], view)).split('\n')).toHaveLength(3);
    }
  });

  test('JSON keeps the value', () => {
    for (const text of nastyStrings) expect(JSON.parse(cleanJson({ text }))).toEqual({ text });
  });

  test('the tail of a sequence is not left as litter', () => {
    expect(clean('\x1b[1;31mred\x1b[0m \x1b]0;title\x07here')).toBe('red here');
  });
});

test('tables are as wide as they must be', () => {
  expect(
    renderTable(
      ['A', 'B'],
      [
        ['1', 'x'],
        ['日本', 'y'],
        ['', ''],
      ],
    ),
  ).toEqual(['A     B', '1     x', '日本  y', '']);
  expect(width('日本e\u0301')).toBe(5);
});

test.each([
  [0, '0s'],
  [59_999, '59s'],
  [72_000, '1m 12s'],
  [14 * 60_000, '14m'],
  [72 * 60_000, '1h 12m'],
  [76 * 3_600_000, '3d 4h'],
  [-5, '0s'],
])('%d ms is %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

test.each([
  [512, '512 B'],
  [8 * 2 ** 30, '8 GiB'],
  [3.84e12, '3.5 TiB'],
])('%d bytes are %s', (count, text) => expect(bytes(count)).toBe(text));

test('durations that people write', () => {
  expect([parseDuration('90s'), parseDuration('20m'), parseDuration('2h'), parseDuration('5ms')]).toEqual([
    90_000, 1_200_000, 7_200_000, 5,
  ]);
  for (const wrong of ['', '5', '1d', '-1s', '1.5h'])
    expect(() => parseDuration(wrong)).toThrow('is no duration');
});

test('parameters of layers', () => {
  expect(layerParameters(['nginx.port=8080', 'nginx.title=a=b c', 'kvm.nested=true'])).toEqual(
    new Map([
      ['nginx', { port: 8080, title: 'a=b c' }],
      ['kvm', { nested: true }],
    ]),
  );
  expect(layerParameters(['port=080'], 'nginx').get('nginx')).toEqual({ port: '080' });
  expect(() => layerParameters(['port=1'])).toThrow('is no parameter');
});

test('exit statuses that scripts branch on', () => {
  expect(exitStatus).toMatchInlineSnapshot(`
    {
      "conflict": 5,
      "detached": 130,
      "done": 0,
      "failed": 1,
      "login": 4,
      "notFound": 3,
      "partlyFailed": 6,
      "usage": 2,
      "waitTimedOut": 8,
      "waitsForPerson": 7,
    }
  `);
  expect(
    [
      'REQUEST_INVALID',
      'NOT_FOUND',
      'NAME_AMBIGUOUS',
      'IMAGE_NOT_FOUND',
      'LOGIN_REQUIRED',
      'STATE_CONFLICT',
      'PLAN_STALE',
      'TEMPORAL_UNAVAILABLE',
      'POWER_MANUAL',
    ].map(statusOfRefusal),
  ).toEqual([2, 3, 3, 3, 4, 5, 5, 1, 7]);
  expect([
    statusOfAll([]),
    statusOfAll([0, 0]),
    statusOfAll([5, 5]),
    statusOfAll([0, 5]),
    statusOfAll([1, 5]),
  ]).toEqual([0, 0, 5, 6, 1]);
});
