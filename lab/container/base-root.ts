import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { hostAptDateOptions, hostAptSources, renderDeb822 } from '../apt-sources.ts';
import { forgetTheBuilder, markUpdated } from '../image/clean-root.ts';
import { type HostRelease, hostRelease } from '../image/host-release.ts';
import { aptConfText, readableByAll } from '../image/root-files.ts';
import { stage, stampOf } from '../image/stage.ts';
import type { Report } from '../types.ts';
import {
  CONTAINER_PACKAGES,
  CONTAINER_RECIPE_VERSION,
  CONTROL_GROUPS_UNIT,
  DISABLED_TIMERS,
} from './recipe.ts';

/** What every machine is a copy of: built once, and again when the recipe, the release or its sources change. */
export async function baseRoot(labDirectory: string, report: Report): Promise<string> {
  const release = await hostRelease();
  const sources = renderDeb822(await hostAptSources(release.codename));
  const aptConf = aptConfText(await hostAptDateOptions());
  const stamp = stampOf([
    CONTAINER_RECIPE_VERSION,
    CONTAINER_PACKAGES,
    CONTROL_GROUPS_UNIT,
    DISABLED_TIMERS,
    release,
    sources,
    aptConf,
  ]);
  const { path } = await stage(join(labDirectory, 'container-base'), 'base', stamp, async (scratch) => {
    report(`mmdebstrap: ${CONTAINER_PACKAGES.length} packages of ${release.codename} and what they need`);
    await build(scratch, release, sources, aptConf);
  });
  return join(path, 'root');
}

async function build(scratch: string, release: HostRelease, sources: string, aptConf: string): Promise<void> {
  const root = join(scratch, 'root');
  const early = join(scratch, 'early');
  const sourcesFile = join(scratch, 'lab.sources');
  const options = join(early, 'etc/apt/apt.conf.d');
  await mkdir(options, { recursive: true });
  await writeFile(join(options, '80rackwright'), aptConf);
  await readableByAll(early);
  await writeFile(sourcesFile, sources);
  await execa('mmdebstrap', [
    '--mode=root',
    '--variant=minbase',
    '--format=directory',
    `--include=${CONTAINER_PACKAGES.join(',')}`,
    `--setup-hook=sync-in ${early} /`,
    `--customize-hook=chroot "$1" systemctl --quiet disable ${DISABLED_TIMERS.join(' ')}`,
    release.codename,
    root,
    sourcesFile,
  ]);
  const units = join(root, 'etc/systemd/system');
  await writeFile(join(units, 'control-groups.service'), CONTROL_GROUPS_UNIT);
  await mkdir(join(units, 'basic.target.wants'), { recursive: true });
  await symlink('../control-groups.service', join(units, 'basic.target.wants/control-groups.service'));
  await forgetTheBuilder(root);
  await markUpdated(root);
  await rm(early, { recursive: true });
}
