export { runJob } from './run-job.js';
export type { RetriedJob } from './run-job.js';
