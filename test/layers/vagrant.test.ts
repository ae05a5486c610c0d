import { expect, test } from 'vitest';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { hashicorp, oracle, sourceOf, vagrantPackages } from '../../layers/vagrant/sources.ts';
import { codeOf } from '../../model/index.ts';

const vagrant = findLayer('vagrant');

test('Debian 12 has Vagrant itself', () => {
  expect(sourceOf('debian/12', undefined)).toBe('distribution');
  expect(sourceOf('ubuntu/24.04', undefined)).toBe('vendor');
  expect(sourceOf('debian/12', 'vendor')).toBe('vendor');
});

test('packages by provider and source', () => {
  expect(vagrantPackages('debian/12', 'libvirt', 'distribution')).toEqual([
    'vagrant',
    'openssh-client',
    'vagrant-libvirt',
  ]);
  expect(vagrantPackages('ubuntu/24.04', 'virtualbox', 'vendor')).toEqual([
    'vagrant',
    'openssh-client',
    'linux-headers-generic',
    'virtualbox-7.2',
  ]);
});

test('every system that is supported has a code name', () => {
  for (const system of vagrant.systems) {
    expect(hashicorp(system).suite).toMatch(/^[a-z]+$/);
    expect(oracle(system).suite).toBe(hashicorp(system).suite);
  }
});

test('kvm is required, with the same emulation, of libvirt alone', () => {
  expect(vagrant.requires?.(parseParameters(vagrant, { emulation: true }))).toEqual([
    { layer: 'kvm', parameters: { emulation: true } },
  ]);
  expect(vagrant.requires?.(parseParameters(vagrant, { provider: 'virtualbox' }))).toEqual([]);
});

test.each([{ provider: 'hyperv' }, { source: 'archive' }, { mirror: 'ftp://x' }, { emulation: 'yes' }])(
  '%j is refused',
  (parameters) => {
    let code: string | undefined;
    try {
      parseParameters(vagrant, parameters);
    } catch (error) {
      code = codeOf(error);
    }
    expect(code).toBe('REQUEST_INVALID');
  },
);
