export { runJob } from './run-job.js';
export type { RetriedJob } from './job-run.js';
export { ParkedCallsModule } from './parked-calls.module.js';
export type { ParkedCallsOptions, ParkedCallsWorkerOptions } from './parked-calls.options.js';
export { ParkedCalls } from './parked-calls.js';
export type { ParkedCall } from './parked-calls.js';
