import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { judge } from '../../layers/kvm/hardware.ts';
import { lines, shell } from '../../remote/index.ts';

const LOCKED_OFF = '1';
const LOCKED_ON = '5';

test.each([
  ['fpu vmx sse2', 'there', '', '', '', 'fine'],
  ['fpu svm sse2', 'there', '', '', '', 'fine'],
  ['fpu vmx sse2', 'there', '', '', LOCKED_ON, 'fine'],
  // The module is there and will be loaded with the packages.
  ['fpu vmx sse2', '', 'there', '', '', 'fine'],
  ['fpu vmx sse2', '', '', '', '', 'missing the processor has vmx, but the kernel has no KVM'],
  ['fpu sse2', '', 'there', '', '', 'missing the processor has neither vmx (Intel) nor svm (AMD)'],
  ['fpu vmxnet xsvm', 'there', '', '', '', 'missing the processor has neither vmx (Intel) nor svm (AMD)'],
  [
    'fpu hypervisor',
    'there',
    '',
    '',
    '',
    'missing the machine is a virtual one, and its hypervisor does not hand virtualisation on',
  ],
  [
    'fpu sse2',
    '',
    'there',
    '[    0.1] x86/cpu: VMX (outside TXT) disabled by BIOS',
    '',
    'off the kernel says that the firmware has it disabled',
  ],
  [
    'fpu vmx',
    '',
    'there',
    '[    4.2] kvm: disabled by bios',
    '',
    'off the kernel says that the firmware has it disabled',
  ],
  [
    'fpu svm',
    '',
    'there',
    '[    4.2] kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 0',
    '',
    'off the kernel says that the firmware has it disabled',
  ],
  ['fpu sse2', '', 'there', '', LOCKED_OFF, 'off the firmware has locked VT-x while it was off'],
])('flags %j, /dev/kvm %j, module %j, kernel %j, control %j: %s', (...words) => {
  const said = words.pop() ?? '';
  const { text } = lines(judge, shell`judge ${words}`);
  expect(spawnSync('sh', ['-euc', text], { encoding: 'utf8' }).stdout.trim()).toBe(said);
});
