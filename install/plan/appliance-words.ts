import type { DeployPlan, ImageLayout } from '../../model/index.ts';

/** For `--plan`: what the first boot of such a system is told, and what becomes of it. */
export function describeAppliance(layout: ImageLayout, plan: DeployPlan): string[] {
  const { image, sshKeys, system } = plan;
  const keys = sshKeys.length === 1 ? '1 SSH key' : `${sshKeys.length} SSH keys`;
  switch (layout) {
    case 'ubuntu-core':
      return [
        'First boot: it installs itself from ubuntu-seed and restarts; cloud-init takes name, network, SSH host key and logins from there, once',
        `Login: ${sshKeys.length > 0 ? `user ${image.os} with ${keys} and sudo` : 'no keys of people'}${system.userData ? ', unless the user-data says otherwise' : ''}; root with our key`,
        'Reach: over SSH if its model is of grade dangerous. Another grade takes no configuration from a disk: then it is started as it is, and nobody can log in for us',
      ];
    case 'esxi':
      return [
        'First boot: /altbootbank/rackwright/first-boot.sh sets name, network, SSH host keys and the keys of root, once; the image has to call it (docs/guide/appliances.md), and Secure Boot has to be off',
        `Login: root with ${keys}, and our own. In FIPS mode, which ESXi comes with, its SSH takes RSA and ECDSA keys, and no Ed25519. The password stays the one of the image`,
        'Reach: over SSH, as soon as the first boot was through',
      ];
  }
}
