import type { PlannedSystem, UserRequest } from '../../model/index.ts';

/** For `--plan`. Of secrets, how large they are and their digest. */
export function describeSystem(system: PlannedSystem, cloudInit?: boolean): string[] {
  const { hostname, timezone, users, rootLogin, packages, userData } = system;
  return [
    `System: ${hostname}${timezone === undefined ? '' : `, time zone ${timezone}`}`,
    ...users.map((user) => `User: ${userWords(user)}`),
    ...(rootLogin ? ['Root: the same SSH keys log in as root'] : []),
    ...(packages.length === 0 ? [] : [`Packages on top: ${packages.join(', ')}`]),
    ...(userData === undefined
      ? []
      : [`User-data: ${userData.kind}, ${userData.size} bytes, SHA-256 ${userData.sha256}`]),
    ...(userData && cloudInit === undefined
      ? [
          'Warning: nobody knows yet whether the image has cloud-init; without it, the installation fails at step "configure"',
        ]
      : []),
  ];
}

function userWords({ name, sshKeys, sudo, groups = [], password }: UserRequest): string {
  return [
    name,
    `${sshKeys.length} SSH ${sshKeys.length === 1 ? 'key' : 'keys'}`,
    password ? 'a password' : 'no password',
    ...(sudo ? ['sudo without password'] : []),
    ...(groups.length === 0 ? [] : [`groups ${groups.join(', ')}`]),
  ].join(', ');
}
