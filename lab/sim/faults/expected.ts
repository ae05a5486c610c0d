import type { ErrorCode, MachineState } from '../../../model/index.ts';
import type { BmcQuirk } from './bmc.ts';
import type { Faults } from './fault.ts';

/** Where a machine with these faults has to end when it is discovered, commissioned and deployed. */
export interface Expected {
  readonly state: Extract<MachineState, 'Deployed' | 'Failed commissioning' | 'Failed deployment'>;
  /** One of these, when it fails. */
  readonly codes?: readonly ErrorCode[];
}

/** One way to go wrong, and how the story of such a machine has to end. */
export interface FaultCase {
  readonly name: string;
  readonly faults: Faults;
  readonly expected: Expected;
  /** The operation needs a BMC to switch the machine on again. */
  readonly needsPower?: true;
  /** Ends only when the deadlines of the controller's own retries have passed: a quarter of an hour. */
  readonly isLong?: true;
}

/** Loses its power when it has been discovered, so that the next operation has to start it again. */
const awayAfterHello = { kind: 'power-loss-after-hello', boot: 1, afterMs: 200 } as const;
const deployed = { state: 'Deployed' } as const;
const commissioning = (...codes: readonly ErrorCode[]): Expected => ({
  state: 'Failed commissioning',
  codes,
});
const deployment = (...codes: readonly ErrorCode[]): Expected => ({ state: 'Failed deployment', codes });

const rungs = ['boot-file', 'script', 'kernel', 'initrd', 'squashfs', 'seed', 'hello'] as const;

const boots: readonly FaultCase[] = [
  { name: 'slow ×10', faults: [{ kind: 'slow', factor: 10 }], expected: deployed },
  { name: 'says hello twice', faults: [{ kind: 'hello-twice' }], expected: deployed },
  { name: 'DHCP datagrams lost', faults: [{ kind: 'dhcp-lost', datagrams: 3 }], expected: deployed },
  { name: 'away after hello', faults: [awayAfterHello], expected: deployed, needsPower: true },
  {
    name: 'power stays off',
    faults: [awayAfterHello, { kind: 'silent', rung: 'power', fromBoot: 2 }],
    expected: commissioning('BMC_COMMAND_FAILED', 'STEP_DEADLINE'),
    needsPower: true,
    isLong: true,
  },
  {
    name: 'silent at dhcp',
    faults: [awayAfterHello, { kind: 'silent', rung: 'dhcp', fromBoot: 2 }],
    expected: commissioning('BOOT_NO_DHCP'),
    needsPower: true,
  },
  ...rungs.map(
    (rung): FaultCase => ({
      name: `silent at ${rung}`,
      faults: [awayAfterHello, { kind: 'silent', rung, fromBoot: 2 }],
      expected: commissioning('BOOT_STALLED'),
      needsPower: true,
    }),
  ),
];

const ssh: readonly FaultCase[] = [
  {
    name: 'SSH refuses',
    faults: [{ kind: 'ssh-refuses', fromBoot: 1 }],
    expected: commissioning('SSH_UNREACHABLE'),
    needsPower: true,
    isLong: true,
  },
  {
    name: 'SSH login refused',
    faults: [{ kind: 'ssh-login-refused', fromBoot: 1 }],
    expected: commissioning('SSH_LOGIN_REFUSED'),
    needsPower: true,
  },
  {
    name: 'another host key',
    faults: [{ kind: 'host-key-changed', fromBoot: 1 }],
    expected: commissioning('SSH_HOST_KEY_CHANGED'),
    needsPower: true,
  },
  {
    name: 'another host key once installed',
    faults: [{ kind: 'installed-host-key-changed' }],
    expected: deployment('SSH_HOST_KEY_CHANGED'),
  },
  { name: 'SSH drops', faults: [{ kind: 'ssh-drops', everyCommands: 4 }], expected: deployed },
];

const lies: readonly FaultCase[] = [
  {
    name: 'broken JSON',
    faults: [{ kind: 'lies', about: 'broken-json' }],
    expected: commissioning('INVENTORY_INVALID'),
  },
  {
    name: 'inventory cut off',
    faults: [{ kind: 'lies', about: 'cut-off' }],
    expected: commissioning('INVENTORY_INVALID'),
  },
  {
    name: 'huge output',
    faults: [{ kind: 'lies', about: 'huge-output' }],
    expected: commissioning('REMOTE_OUTPUT_REFUSED'),
  },
  { name: 'control characters', faults: [{ kind: 'lies', about: 'control-characters' }], expected: deployed },
  {
    name: 'log flood',
    faults: [{ kind: 'lies', about: 'log-flood' }],
    expected: deployment('REMOTE_OUTPUT_REFUSED'),
  },
  {
    name: 'another identity',
    faults: [awayAfterHello, { kind: 'lies', about: 'another-identity' }],
    expected: commissioning('BOOT_STALLED', 'MACHINE_IDENTITY_CONFLICT'),
    needsPower: true,
  },
];

const installSteps = [
  'find disk',
  'partition',
  'make file systems',
  'write image',
  'configure',
  'kernel and bootloader',
  'finish',
] as const;

const crash = (at: string, when: 'before' | 'after') => ({ kind: 'crash', at, when, exitCode: 1 }) as const;

const steps: readonly FaultCase[] = [
  {
    name: 'crash at read the hardware',
    faults: [crash('read the hardware', 'before')],
    expected: commissioning('REMOTE_COMMAND_FAILED'),
  },
  ...installSteps.flatMap((at) =>
    (['before', 'after'] as const).map(
      (when): FaultCase => ({
        name: `crash ${when} ${at}`,
        faults: [crash(at, when)],
        expected: deployment('REMOTE_COMMAND_FAILED'),
      }),
    ),
  ),
  {
    name: 'hangs at find disk',
    faults: [{ kind: 'hangs', at: 'find disk' }],
    expected: deployment('STEP_DEADLINE'),
  },
  ...(['find disk', 'write image'] as const).flatMap((at): readonly FaultCase[] => [
    {
      name: `power lost at ${at}`,
      faults: [{ kind: 'power-loss', at, when: 'after' }],
      expected: deployment('SSH_UNREACHABLE', 'STEP_DEADLINE'),
      isLong: true,
    },
    {
      name: `panic at ${at}`,
      faults: [{ kind: 'panic', at, when: 'before' }],
      expected: deployment('SSH_UNREACHABLE', 'STEP_DEADLINE'),
      isLong: true,
    },
  ]),
];

const disks: readonly FaultCase[] = [
  { name: 'no disk', faults: [{ kind: 'diskless' }], expected: deployment('DISK_NOT_SUITABLE') },
  ...(['disk-swapped', 'disk-missing', 'disk-twice'] as const).flatMap((kind) =>
    ['find disk', 'partition'].map(
      (before): FaultCase => ({
        name: `${kind} before ${before}`,
        faults: [{ kind, before }],
        expected: deployment('DISK_CHANGED'),
      }),
    ),
  ),
];

const bmc = (quirk: BmcQuirk, expected: Expected, isLong?: true): FaultCase => ({
  name: `BMC ${quirk.name}`,
  faults: [awayAfterHello, { kind: 'bmc', quirk }],
  expected,
  needsPower: true,
  ...(isLong && { isLong }),
});

const bmcs: readonly FaultCase[] = [
  bmc({ name: 'no-sessions' }, deployed),
  bmc({ name: 'reset-types-missing', types: ['ForceRestart', 'PowerCycle'] }, deployed),
  bmc({ name: 'no-allowable-values' }, deployed),
  bmc({ name: 'etag-required' }, deployed),
  bmc({ name: 'slow-transitions', ms: 3_000 }, deployed),
  bmc({ name: 'forgets-boot-override' }, deployed),
  bmc({ name: 'no-boot-once' }, deployed),
  bmc({ name: 'unavailable', requests: 2 }, deployed),
  bmc({ name: 'drops-connections', requests: 2 }, deployed),
  bmc({ name: 'answers-with-tasks' }, deployed),
  bmc({ name: 'keeps-host-interface' }, deployed),
  bmc({ name: 'refuses-login' }, commissioning('BMC_LOGIN_REFUSED')),
  bmc({ name: 'lies' }, commissioning('BOOT_NO_DHCP')),
  bmc({ name: 'ignores-orders' }, commissioning('BMC_COMMAND_FAILED', 'STEP_DEADLINE'), true),
  bmc({ name: 'speaks-html' }, commissioning('BMC_COMMAND_FAILED', 'BMC_UNREACHABLE', 'STEP_DEADLINE'), true),
  bmc({ name: 'hangs' }, commissioning('BMC_UNREACHABLE', 'STEP_DEADLINE'), true),
];

/** Every way that the simulator knows. */
export const faultCases: readonly FaultCase[] = [...boots, ...ssh, ...lies, ...steps, ...disks, ...bmcs];
