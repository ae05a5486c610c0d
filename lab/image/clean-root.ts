import { readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One image makes many machines: whatever is one machine's own must be made on that machine. */
export async function forgetTheBuilder(root: string): Promise<void> {
  const ssh = join(root, 'etc/ssh');
  for (const name of await readdir(ssh)) if (name.startsWith('ssh_host_')) await rm(join(ssh, name));
  // Empty, not missing: systemd then makes an id without treating the boot as a first one (machine-id(5)).
  await writeFile(join(root, 'etc/machine-id'), '');
  for (const path of [
    'etc/resolv.conf',
    'etc/hostname',
    'var/lib/dbus/machine-id',
    'etc/apt/apt.conf.d/99mmdebstrap',
  ]) {
    await rm(join(root, path), { force: true });
  }
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost ip6-localhost\n');
}

/** systemd-update-done.service(8): spares a first boot the rebuilding of ld.so.cache, hwdb, sysusers … */
export async function markUpdated(root: string): Promise<void> {
  const usr = new Date(Date.now() - 1000);
  await utimes(join(root, 'usr'), usr, usr);
  for (const part of ['etc', 'var']) await writeFile(join(root, part, '.updated'), '');
}
