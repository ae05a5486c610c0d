export { readBootId } from './boot-id.ts';
export { type ConnectOptions, connect, type Target } from './connect.ts';
export { fipsKeyPair } from './fips-key.ts';
export type { Host, JobOptions, JobResult, RunOptions, RunResult } from './host.ts';
export { jobFolder, jobUnit } from './job-script.ts';
export { generateKeyPair, type KeyPair } from './key-pair.ts';
export {
  fingerprint,
  type KeyType,
  keyTypes,
  type PublicKey,
  parsePublicKey,
} from './keys.ts';
export { printable } from './log-lines.ts';
export { lines, quoteWord, type Shell, type ShellValue, shell } from './shell.ts';
