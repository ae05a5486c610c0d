import { readFile } from 'node:fs/promises';
import { serveContainers, type ServiceConfig } from './service.ts';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: rack-main.ts CONFIG.json');
const end = await serveContainers(JSON.parse(await readFile(file, 'utf8')) as ServiceConfig);
process.once('SIGTERM', () => void end().then(() => process.exit(0)));
