import { expect, test } from 'vitest';
import { countStarts } from '../../lab/rack/firmware-starts.ts';

const event = (seconds: number, name: string) =>
  `{"timestamp": {"seconds": ${seconds}, "microseconds": 5}, "event": "${name}", "data": {"guest": true}}\n`;

test('a power-on and a reboot are a firmware start each', () => {
  expect(countStarts('100 start\n', event(200, 'RESET'))).toBe(2);
});

test('the resets of a firmware’s own that follow at once are none', () => {
  expect(countStarts('100 start\n', event(200, 'RESET').repeat(3))).toBe(2);
});

test('a kexec leaves no event, and other events do not count', () => {
  expect(countStarts('100 start\n', event(150, 'NIC_RX_FILTER_CHANGED') + event(160, 'POWERDOWN'))).toBe(1);
});

test('a last line that is still being written does no harm', () => {
  const whole = event(300, 'RESET');
  for (let length = 0; length < whole.length; length++) {
    const count = countStarts('', event(100, 'RESET') + whole.slice(0, length));
    expect(count === 1 || count === 2).toBe(true);
  }
});
