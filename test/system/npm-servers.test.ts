import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';

/** The reasons of docs/adr/0001-own-dhcp-and-tftp-servers.md. When one of these fails, the reason has gone. */

function run(name: string, ...args: string[]) {
  const script = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  return execa(process.execPath, ['--no-deprecation', script, ...args], {
    reject: false,
    timeout: 5000,
    all: true,
  });
}

describe('the npm package tftp as a server', () => {
  test('ends at one byte to the port of a transfer', async () => {
    const { exitCode, all } = await run('npm-tftp-crash.ts');
    expect(exitCode).toBe(1);
    expect(all).toContain('the transfer began');
    expect(all).toContain('RangeError [ERR_BUFFER_OUT_OF_BOUNDS]');
  });
});

describe('the npm package dhcp as a server', () => {
  test('knows no relay, no release, no decline, no restart, no refusal, and ends when its pool is full', async () => {
    const { stdout } = await run('npm-dhcp-faults.ts');
    expect(JSON.parse(stdout)).toEqual({
      replyToRelay: '10.78.0.255',
      leaseAfterRelease: 'BOUND',
      offeredAfterDecline: '10.78.0.100',
      offeredToAnotherAfterRestart: '10.78.0.100',
      answerToWrongNetwork: 5,
      fullPool: "uncaught TypeError: Cannot read properties of undefined (reading 'split')",
    });
  });

  test('with its default settings and a full pool, never does anything again', async () => {
    const { timedOut, stdout } = await run('npm-dhcp-faults.ts', 'block');
    expect(stdout).toBe('four clients for three addresses');
    expect(timedOut).toBe(true);
  });
});
