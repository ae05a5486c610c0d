export type { LogEntry } from './access-log.ts';
export { type Api, createApi } from './app.ts';
export { listen, type Listening, type ListenOptions } from './listen.ts';
export type { MachineView, OperationView } from './machine-view.ts';
export type { CatalogueLayer, Parts } from './parts.ts';
export type { Problem } from './problem.ts';
export { bmcPasswordField } from './routes/configure.ts';
export type { HealthCheck, HealthReport } from './schemas/health.ts';
