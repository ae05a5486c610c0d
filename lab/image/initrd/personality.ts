import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Cannot be avoided by choosing another default target: these come with sysinit.target, or are generators. */
const MASKED_UNITS = [
  'sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount',
  'dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service',
  'systemd-update-utmp.service systemd-random-seed.service systemd-journal-flush.service',
  'systemd-machine-id-commit.service systemd-pstore.service systemd-firstboot.service systemd-repart.service',
  'systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-hwdb-update.service ldconfig.service',
  'systemd-ask-password-console.path systemd-sysusers.service systemd-update-done.service',
]
  .join(' ')
  .split(' ');

const MASKED_GENERATORS = [
  'cloud-init-generator systemd-cryptsetup-generator systemd-fstab-generator systemd-getty-generator',
  'systemd-gpt-auto-generator systemd-hibernate-resume-generator systemd-integritysetup-generator',
  'systemd-rc-local-generator systemd-system-update-generator systemd-sysv-generator systemd-veritysetup-generator',
  'systemd-bless-boot-generator systemd-debug-generator systemd-run-generator',
]
  .join(' ')
  .split(' ');

/** What is laid over the clean root when it boots into RAM; the installed system never sees it. */
export async function layPersonality(target: string): Promise<void> {
  await cp(fileURLToPath(new URL('../personality', import.meta.url)), target, { recursive: true });
  await chmod(join(target, 'usr/local/sbin/rackwright-seed'), 0o755);
  const links: Record<string, string> = {
    'etc/systemd/system/default.target': 'rackwright-ephemeral.target',
    ...Object.fromEntries(MASKED_UNITS.map((unit) => [`etc/systemd/system/${unit}`, '/dev/null'])),
    ...Object.fromEntries(
      MASKED_GENERATORS.map((name) => [`etc/systemd/system-generators/${name}`, '/dev/null']),
    ),
  };
  for (const [path, destination] of Object.entries(links)) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    await symlink(destination, join(target, path));
  }
  await writeFile(join(target, 'etc/fstab'), '');
}
