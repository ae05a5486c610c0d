import type { Compression, DiskImage, Image, ImportFormat, RootImage } from './image.ts';

/** How far a sync or an import is. */
export interface ImageProgress {
  /** `fetch`, `verify`, `inspect`, `convert`, `compress`, `publish`. */
  readonly stage: string;
  /** What is at work: the path in the stream, or the name of the image. */
  readonly path: string;
  readonly bytes: number;
  /** Absent where nobody knows. */
  readonly totalBytes?: number;
  readonly files?: number;
  readonly totalFiles?: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft?: number;
}

/** Where the file of an import is: uploaded before, or to be fetched. Never a URL to a digest. */
export type ImportSource =
  | { readonly kind: 'upload'; readonly sha256: string }
  | { readonly kind: 'url'; readonly url: string; readonly sha256: string };

interface ImportFacts {
  readonly name: string;
  readonly arch: Image['arch'];
  readonly title?: string;
  readonly serial: string;
  readonly compression: Compression;
  readonly source: ImportSource;
  /** Armoured. Absent: the operator said that it is unsigned. */
  readonly signed?: { readonly signature: string; readonly keyring: string };
}

/** Input of the workflow `importImage`, id `image-import/<12 hex>`. */
export type ImportRequest =
  | (ImportFacts & {
      readonly kind: 'root';
      readonly format: Extract<ImportFormat, 'squashfs' | 'tar'>;
    } & Pick<RootImage, 'kernelPackage'>)
  | (ImportFacts & {
      readonly kind: 'disk';
      readonly format: Extract<ImportFormat, 'raw' | 'qcow2'>;
    } & Pick<DiskImage, 'firmware' | 'cloudInit' | 'defaultUser' | 'layout'>);

export interface ImportAnswer {
  readonly images: readonly Image[];
}

/** Input of the workflow `collectImages`. */
export interface GcRequest {
  /** Newest serials that stay of each image. */
  readonly keep: number;
  /** Only say what would go. */
  readonly plan: boolean;
}

export interface GcAnswer {
  readonly images: readonly Pick<Image, 'name' | 'arch' | 'kernel' | 'serial'>[];
  readonly files: readonly { readonly sha256: string; readonly size: number }[];
  readonly bytes: number;
  /** Why no file went, when none could. */
  readonly waits?: string;
}
