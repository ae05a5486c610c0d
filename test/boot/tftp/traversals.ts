/** Ways to say "a file that is not in the table": what other boot servers fell for, and what nobody tried yet. */
export function traversals(): string[] {
  const targets = ['etc/passwd', 'etc/shadow', 'proc/self/environ', 'boot/snponly.efi', 'snponly.efi'];
  const ups = [
    '../',
    '..\\',
    '%2e%2e/',
    '%2e%2e%2f',
    '..%2f',
    '..%5c',
    '%252e%252e%252f',
    '..%c0%af',
    '....//',
    '.././',
    '..;/',
    '..\xc0\xaf',
    './../',
    '\\..\\',
    '/../',
    '..\x01/',
  ];
  const climbing = ups.flatMap((up) => targets.flatMap((target) => [up + target, up.repeat(8) + target]));
  const plain = targets.flatMap((target) => [
    `/${target}`,
    `//${target}`,
    `\\${target}`,
    `./${target}`,
    `file:///${target}`,
    `C:\\${target}`,
    `${target}/`,
    `${target}/.`,
    `${target} `,
    ` ${target}`,
    `${target}%00`,
    `${target}%20`,
    `${target}.`,
    `~/${target}`,
    `$(cat ${target})`,
  ]);
  const odd = [
    '',
    '.',
    '..',
    '/',
    '\\',
    '*',
    '?',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'SNPONLY.EFI',
    'Snponly.efi',
    'snponly.efi\n',
    'snponly\\.efi',
    'snponly.efi;x',
    'con',
    'nul',
    '\u00ff'.repeat(400),
    'a'.repeat(60_000),
  ];
  return [...new Set([...climbing, ...plain, ...odd])].filter((name) => name !== 'snponly.efi');
}
