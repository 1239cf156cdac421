export { RetryHealthIndicator } from './retry.health-indicator.js';
export type { PlatformHealth } from './retry.health-indicator.js';
