import { execa } from 'execa';

/**
 * The virtual rack needs root: network namespaces, DHCP on port 67, the distribution's packages. Without it, the
 * program starts itself again through sudo; without sudo it says what can be done.
 */
export async function asRoot(what: string): Promise<void> {
  if (process.getuid?.() === 0) return;
  const { exitCode } = await execa('sudo', ['-v'], { stdio: 'inherit', reject: false });
  if (exitCode !== 0) {
    console.error(`${what} needs root: network namespaces, DHCP on port 67, packages of the distribution.`);
    console.error('Run it as root or with sudo. Without root this works: npm run test:unit');
    process.exit(1);
  }
  const [program, ...rest] = process.argv as [string, ...string[]];
  const again = await execa('sudo', ['-E', program, ...process.execArgv, ...rest], {
    stdio: 'inherit',
    reject: false,
  });
  process.exit(again.exitCode ?? 1);
}
