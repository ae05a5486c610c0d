/** sysexits.h: EX_TEMPFAIL. What a script of ours ends with when it knows that a later try may do. */
export const TEMPORARY = 75;
/** 128 and SIGTERM: the machine was shut down in the middle of it. */
const TERMINATED = 143;

/** What package managers, git and curl say when the network or an archive is at fault, or another program holds a lock. */
const passing = [
  /Temporary failure (resolving|in name resolution)/i,
  /Could not (resolve|connect)/i,
  /Connection (timed out|refused|reset|failed)/i,
  /Failed to (fetch|connect)/i,
  /Operation timed out/i,
  /Hash Sum mismatch/i,
  /(502|503|504) +(Bad Gateway|Service (Temporarily )?Unavailable|Gateway Time-?out)/i,
  /The requested URL returned error: 5\d\d/i,
  /early EOF|RPC failed|unexpected disconnect|transfer closed with/i,
  /TLS connect(ion)? (error|was non-properly terminated)/i,
  /Could not get lock|is another process using it/i,
];

/** Is it worth to run the script again a little later? Decided by how it ended and by the end of its log. */
export function isPassing(exitCode: number, tail: string): boolean {
  return exitCode === TEMPORARY || exitCode === TERMINATED || passing.some((said) => said.test(tail));
}
