import type { ImageFile, ImageLayout } from './image.ts';
import type { Firmware } from './boot.ts';
import type { PlannedNetwork } from './network.ts';
import type { PlannedStorage } from './storage.ts';
import type { PlannedSystem } from './system.ts';

/** Everything that a deployment will do to a machine, computed before it is touched. Its digest is what is consented to. */
export interface DeployPlan {
  readonly format: 'deploy-plan:3';
  readonly machineId: string;
  readonly image: PlannedImage;
  readonly firmware: Firmware;
  /** It runs from memory: `storage` is empty. */
  readonly ephemeral?: true;
  readonly storage: PlannedStorage;
  readonly network: PlannedNetwork;
  readonly system: PlannedSystem;
  /** OpenSSH public key lines of the people who may log in. */
  readonly sshKeys: readonly string[];
  readonly kernelArguments: readonly string[];
  readonly packageProxy?: string;
  readonly layers: readonly PlannedLayer[];
  /** How the installed system is entered first. */
  readonly enter: 'kexec' | 'reboot';
}

/** What a layer was when the plan was made; it is laid as that, or not at all. */
export interface PlannedLayer {
  readonly name: string;
  /** Absent in plans of the second format and before. */
  readonly version?: string;
  /** SHA-256 of every command that it will run on this machine. */
  readonly digest?: string;
}

export type PlannedImage = PlannedRootImage | PlannedDiskImage;

interface PlannedImageFacts {
  readonly name: string;
  readonly os: string;
  readonly serial: string;
}

/** Unpacked onto the file systems of the plan. */
export interface PlannedRootImage extends PlannedImageFacts {
  readonly kind: 'root';
  readonly kernelPackage: string;
  readonly squashfs: ImageFile;
}

/** Written as it is to the one disk of the plan, which is given no partitions. */
export interface PlannedDiskImage extends PlannedImageFacts {
  readonly kind: 'disk';
  /** The raw disk, compressed with zstd. */
  readonly disk: ImageFile;
  /** What the disk holds afterwards. */
  readonly raw: ImageFile;
  /** Where its first boot takes its configuration from. Absent: from the root, if that can be mounted. */
  readonly layout?: ImageLayout;
}

/** A plan whose image is unpacked: what the steps of an installation are made from. */
export type RootPlan = DeployPlan & { readonly image: PlannedRootImage };

export function isRootPlan(plan: DeployPlan): plan is RootPlan {
  return plan.image.kind === 'root';
}
