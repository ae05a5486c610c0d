import { describe, expect, it } from 'vitest';
import { serving } from '../../api/sites.ts';
import { unservedSentence } from '../../cli/pages/site-view.ts';

const now = new Date('2026-11-22T12:00:00Z');
const ago = (seconds: number): string => new Date(now.getTime() - seconds * 1_000).toISOString();
const rack = (identity: string, seconds: number) => ({ identity, lastSeen: ago(seconds) });

/** Temporal remembers a poller for five minutes; a poll ends after one. */
describe('who serves a site', () => {
  it.each([
    { pollers: [], alive: [], unserved: {} },
    { pollers: [rack('a', 10)], alive: ['a'] },
    { pollers: [rack('a', 74)], alive: ['a'] },
    { pollers: [rack('a', 76)], alive: [], unserved: { since: ago(76) } },
    { pollers: [rack('a', 200), rack('b', 5), rack('c', 50)], alive: ['b', 'c'] },
    { pollers: [rack('a', 200), rack('b', 120)], alive: [], unserved: { since: ago(120) } },
  ])('$pollers → $alive', ({ pollers, alive, unserved }) => {
    const found = serving({ pollers, backlog: 3 }, now);
    expect(found.racks.map(({ identity }) => identity)).toEqual(alive);
    expect(found.unserved).toEqual(unserved);
    expect(found.waiting).toBe(3);
  });
});

describe('why work at a site stands still', () => {
  const site = { name: 'hall-2', racks: [], machines: 1, waiting: 1 };

  it.each([
    [undefined, undefined],
    [{ ...site, racks: [rack('a', 1)] }, undefined],
    [{ ...site, unserved: { since: ago(130) } }, 'No rack serves site hall-2 for 2m 10s'],
    [{ ...site, unserved: {} }, 'No rack serves site hall-2 for more than 5 minutes'],
  ])('%o', (given, sentence) => {
    const said = unservedSentence(given, now);
    if (sentence === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(`${sentence}: its work waits.`);
  });
});
