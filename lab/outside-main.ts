import { readFile } from 'node:fs/promises';
import { type OutsideConfig, serveOutside } from './outside.ts';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: outside-main.ts CONFIG.json');
const config = JSON.parse(await readFile(file, 'utf8')) as OutsideConfig;
await serveOutside(config);
console.log(
  `stream on ${config.address}:${config.streamPort}, packages on ${config.address}:${config.proxyPort}`,
);
