import { failing } from './calls/failing.js';
import { inFlight } from './calls/in-flight.js';
import { success } from './calls/success.js';
import { timeLimits } from './calls/time-limits.js';
import { classify } from './classify/classify.js';
import { http } from './http/http.js';
import { packageCost } from './package/package.js';

const PARTS = {
  success,
  failing,
  'in-flight': inFlight,
  limits: timeLimits,
  classify,
  http,
  package: packageCost,
};

const wanted = process.argv.slice(2);
const start = performance.now();
for (const [name, run] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) await run();
}
console.log(`\n${Math.round((performance.now() - start) / 1000)} s on Node ${process.version}`);
