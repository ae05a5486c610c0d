export { BootDirectory, newBoot, type NextBoot } from './directory.ts';
