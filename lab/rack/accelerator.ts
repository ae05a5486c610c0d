import { access, constants, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { Rack, Report } from '../types.ts';
import { KVM_PROCESSOR } from './qemu.ts';

/** A kernel on working KVM says its first line within a second; a busy host gets some more. */
const PROOF_MS = 8000;

/**
 * /dev/kvm may open, create machines, and even run a BIOS to its end, and still hang in the first page of 64-bit
 * code (KVM inside a virtual machine). So the proof is a kernel, on the processor that our machines get.
 */
export async function probeAccelerator(
  kernel: string | undefined,
  report: Report,
): Promise<Rack['accelerator']> {
  const refusal = await whyNotKvm(kernel);
  if (refusal === undefined) {
    report('machines run on KVM');
    return 'kvm';
  }
  report(`machines are emulated (${refusal}): each boot takes about half a minute of two processors`);
  return 'tcg';
}

async function whyNotKvm(kernel: string | undefined): Promise<string | undefined> {
  const openable = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!openable) return 'there is no /dev/kvm for us';
  if (kernel === undefined) return 'there is no kernel to prove KVM with';
  return (await kernelSpeaks(kernel)) ? undefined : '/dev/kvm opens, but a kernel on it does not start';
}

async function kernelSpeaks(kernel: string): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'rackwright-kvm-'));
  const log = join(directory, 'console');
  const probe = execa(
    'qemu-system-x86_64',
    [
      [
        '-accel',
        'kvm',
        '-cpu',
        KVM_PROCESSOR,
        '-machine',
        'q35',
        '-m',
        '512',
        '-display',
        'none',
        '-nodefaults',
      ],
      ['-kernel', kernel, '-append', 'earlyprintk=ttyS0 console=ttyS0 panic=-1', '-no-reboot'],
      ['-serial', `file:${log}`],
    ].flat(),
    { reject: false, timeout: PROOF_MS + 1000, killSignal: 'SIGKILL', stdio: 'ignore' },
  );
  const ended = probe.then(() => true);
  try {
    for (const deadline = Date.now() + PROOF_MS; Date.now() < deadline; ) {
      const over = await Promise.race([ended, sleep(100, false)]);
      if ((await readFile(log, 'utf8').catch(() => '')).includes('Linux version')) return true;
      if (over) return false;
    }
    return false;
  } finally {
    probe.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  }
}
