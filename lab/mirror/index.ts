export { type AptArchive, mirrorApt } from './apt.ts';
export { buildDeb, type DebSpec } from './deb.ts';
export type { Fault, Faults } from './faults.ts';
export { type FileTree, mirrorFile, writeTree } from './files.ts';
export { mirrorGit } from './git.ts';
export { type Mirror, serveMirror } from './serve.ts';
