export type { DownloadOptions } from './download.ts';
export { type FileStore, openFileStore } from './files.ts';
export { type Keyring, readKeyring } from './signature.ts';
export {
  type SyncFilters,
  type SyncOptions,
  type SyncProgress,
  type SyncResult,
  syncStream,
} from './sync.ts';
