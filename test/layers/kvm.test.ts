import { expect, test } from 'vitest';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { codeOf } from '../../model/index.ts';

const kvm = findLayer('kvm');

function messageFor(parameters: unknown): string {
  try {
    parseParameters(kvm, parameters);
    return 'fine';
  } catch (error) {
    expect(codeOf(error)).toBe('REQUEST_INVALID');
    return (error as Error).message.replace('Layer kvm: parameter ', '');
  }
}

test.each([
  [{}, 'fine'],
  [{ bridge: 'br0', stp: true, forwardDelay: 15 }, 'fine'],
  [{ bridge: 'br 0' }, 'bridge: is no name of an interface'],
  [{ bridge: '../x' }, 'bridge: is no name of an interface'],
  [{ bridgePort: 'eth0' }, 'bridge: bridgePort is nothing without bridge'],
  [{ bridge: 'br0', bridgePort: 'br0' }, 'bridge: bridge and bridgePort have the same name'],
  [{ bridge: 'br0', stp: true }, 'bridge: with stp, forwardDelay is 2 at least'],
  [
    { bridge: 'br0', stp: true, forwardDelay: 4 },
    'bridge: with stp, 2 × (forwardDelay - 1) ≥ maxAge ≥ 2 × (hello + 1)',
  ],
  [
    { bridge: 'br0', stp: true, forwardDelay: 30, bridgeTrial: 60 },
    'bridge: bridgeTrial is over before the port forwards',
  ],
  [{ user: 'ada;reboot' }, 'user: is no name of a user'],
])('%j: %s', (parameters, said) => {
  expect(messageFor(parameters)).toBe(said);
});

test('hardware is looked at unless guests are emulated', () => {
  const codes = (emulation: boolean) => {
    const parameters = parseParameters(kvm, { emulation });
    const context = {
      machineName: 'm',
      address: '10.0.0.5' as never,
      system: 'debian/12',
      members: [],
      parameters,
    };
    return kvm.demands?.(context).flatMap((demand) => (demand.kind === 'script' ? [demand.code] : []));
  };
  expect(codes(false)).toEqual(expect.arrayContaining(['VIRTUALISATION_OFF', 'VIRTUALISATION_MISSING']));
  expect(codes(true)).toEqual(['MACHINE_TOO_SMALL', 'MACHINE_TOO_SMALL']);
});
