import type { DeployPlan, ImageLayout } from '../model/index.ts';
import { type Shell, shell } from '../remote/index.ts';
import { tidyUbuntuCore } from './steps/ubuntu-core.ts';

/** How it is seen that a deployed system runs, and what is left to do in it. */
export interface StartedSystem {
  /** Fails in the system in memory. Absent: that it lets us in, with the host keys that it was given, is all that is asked. */
  readonly looked?: Shell;
  readonly tidy?: Shell;
}

/** What is installed, as its deployment tells; of one in memory nothing is to be told apart. */
export function startedSystem(about: {
  readonly ephemeral?: true;
  readonly layout?: ImageLayout;
}): StartedSystem {
  if (about.ephemeral) return { looked: shell`:` };
  // Commands run under `timeout -k`, which busybox knows since 1.34, and that of ESXi is older.
  if (about.layout === 'esxi') return {};
  const looked = shell`! grep -q root=squash: /proc/cmdline`;
  return about.layout === 'ubuntu-core' ? { looked, tidy: tidyUbuntuCore() } : { looked };
}

export function layoutOf({ image }: DeployPlan): ImageLayout | undefined {
  return image.kind === 'disk' ? image.layout : undefined;
}

/** It starts twice, and unpacks itself in between; firmware of big servers takes a quarter of an hour each time. */
const TWO_STARTS_MS = 60 * 60_000;

/** How long the first start of it may take, where that is longer than it usually is. */
export function firstStartMs(plan: DeployPlan): number | undefined {
  return layoutOf(plan) === 'ubuntu-core' ? TWO_STARTS_MS : undefined;
}
