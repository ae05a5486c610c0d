import { run } from './run.ts';

/** The only file of the command that knows the process. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe has seen enough: `rackwright machine list | head -1`.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  uid: process.getuid?.() ?? -1,
  home: process.env.HOME ?? '/',
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
