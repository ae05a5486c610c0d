export type { DownloadOptions } from './download.ts';
export { collectImages } from './gc.ts';
export { type FileStore, openFileStore } from './files.ts';
export { type ImportOptions, importImage } from './import.ts';
export type { OnProgress } from './meter.ts';
export { type Keyring, readKeyring } from './signature.ts';
export {
  type SyncFilters,
  type SyncOptions,
  type SyncResult,
  syncStream,
} from './sync.ts';
