export { RetryTelemetryModule } from './retry-telemetry.module.js';
