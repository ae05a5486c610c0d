import { expect, it } from 'vitest';
import { createBmcQueue, createPower, type PoweredMachine } from '../../power/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { keptSecrets } from './kept-secrets.ts';

const power = createPower({ queue: createBmcQueue(), secrets: keptSecrets() });
const driver = (serial: string) => {
  const machine: PoweredMachine = { name: 'r1-u1', firmware: 'bios', identity: { serial } };
  return power.driverFor({ driver: 'manual' }, machine);
};

it('asks a person, by name and serial', async () => {
  const byHand = driver('SN0001');
  expect(byHand.can).toMatchObject({ query: 'no', on: 'person', bootFromNetworkOnce: 'person', media: 'no' });
  expect(await byHand.query()).toBe('unknown');
  expect(await byHand.on()).toEqual({
    kind: 'asked',
    asked: 'Press the power button of r1-u1 (serial SN0001).',
  });
  expect((await byHand.off()).asked).toBe('Hold the power button of r1-u1 (serial SN0001) until it is off.');
  expect((await byHand.cycle()).asked).toBe('Switch r1-u1 (serial SN0001) off and on again.');
  expect((await byHand.reset()).asked).toBe((await byHand.cycle()).asked);
  expect((await byHand.bootFromNetworkOnce()).asked).toContain('network boot');
});

it('leaves out a serial that says nothing', async () => {
  expect((await driver('To be filled by O.E.M.').on()).asked).toBe('Press the power button of r1-u1.');
});

it('writes no control characters, and one short line, whatever the serial is', async () => {
  for (const serial of nastyStrings)
    expect((await driver(serial).on()).asked).toMatch(/^[\x20-\x7e]{1,120}$/);
});
