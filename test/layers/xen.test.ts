import { describe, expect, test } from 'vitest';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { grubText, kernelOf } from '../../layers/xen/xen.ts';
import { exampleContext } from './example.ts';

const xen = findLayer('xen');

test('the memory of dom0 is fixed, its processors are only when they are named', () => {
  expect(grubText({ dom0Memory: 768 })).toContain('dom0_mem=768M,max:768M com1');
  expect(grubText({ dom0Memory: 4096, dom0Cpus: 2 })).toContain(
    'dom0_mem=4096M,max:4096M dom0_max_vcpus=2 dom0_vcpus_pin com1',
  );
});

test('a kernel that has an entry for Xen comes along', () => {
  expect(kernelOf('debian/12')).toBe('linux-image-amd64');
  expect(kernelOf('ubuntu/24.04')).toBe('linux-image-generic');
});

test('the machine starts anew once on the way in and once on the way out', () => {
  const context = exampleContext(xen, { title: '', parameters: { bridge: 'br0' } });
  const restarts = (steps: ReturnType<typeof xen.apply>) =>
    steps.filter((step) => step.restarts).map(({ name }) => name);
  expect(restarts(xen.apply(context))).toEqual(['enter Xen']);
  expect(restarts(xen.remove(context))).toEqual(['leave Xen']);
});

test('what runs is not taken away from below itself', () => {
  const names = xen.remove(exampleContext(xen, { title: '', parameters: {} })).map(({ name }) => name);
  expect(names.indexOf('leave Xen')).toBeLessThan(names.indexOf('purge the packages of xen'));
});

describe('parameters that are refused', () => {
  test.each([
    { dom0Memory: 256 },
    { dom0Memory: '2G' },
    { dom0Cpus: 0 },
    { bridgePort: 'eth0' },
    { bridge: 'a b' },
    { cpus: 2 },
  ])('%j', (parameters) => {
    expect(() => parseParameters(xen, parameters)).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
  });
});
