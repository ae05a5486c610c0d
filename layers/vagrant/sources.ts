import type { VendorArchive } from '../parts/archive.ts';

export type Source = 'distribution' | 'vendor';
export type Provider = 'libvirt' | 'virtualbox';

export function sourceOf(system: string, asked: Source | undefined): Source {
  return asked ?? (system === 'debian/12' ? 'distribution' : 'vendor');
}

/** By the release's code name, as vendors call them. */
function suiteOf(system: string): string {
  switch (system) {
    case 'debian/12':
      return 'bookworm';
    case 'debian/13':
      return 'trixie';
    case 'ubuntu/22.04':
      return 'jammy';
    case 'ubuntu/24.04':
      return 'noble';
    default:
      throw new RangeError(`${system} has no code name here`);
  }
}

export function hashicorp(system: string): VendorArchive {
  return {
    name: 'hashicorp',
    keyUrl: 'https://apt.releases.hashicorp.com/gpg',
    fingerprint: '798AEC654E5C15428C8E42EEAA16FCBCA621E701',
    url: 'https://apt.releases.hashicorp.com',
    suite: suiteOf(system),
    components: ['main'],
  };
}

export function oracle(system: string): VendorArchive {
  return {
    name: 'virtualbox',
    keyUrl: 'https://www.virtualbox.org/download/oracle_vbox_2016.asc',
    fingerprint: 'B9F8D658297AF3EFC18D5CDFA2F683C52980AECF',
    url: 'https://download.virtualbox.org/virtualbox/debian',
    suite: suiteOf(system),
    components: ['contrib'],
  };
}

/** The vendor's Vagrant builds its plugin for libvirt itself, and VirtualBox its modules for the kernel. */
export function vagrantPackages(system: string, provider: Provider, source: Source): readonly string[] {
  const headers = system.startsWith('ubuntu/') ? 'linux-headers-generic' : 'linux-headers-amd64';
  const below = {
    libvirt: {
      distribution: ['vagrant-libvirt'],
      vendor: ['gcc', 'g++', 'make', 'pkg-config', 'libvirt-dev'],
    },
    virtualbox: {
      distribution: [headers, 'virtualbox-7.2'],
      vendor: [headers, 'virtualbox-7.2'],
    },
  };
  return ['vagrant', 'openssh-client', ...below[provider][source]];
}
