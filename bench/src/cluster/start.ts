import { cost } from './cost.js';
import { lenient, strict } from './limits.js';
import { SEED } from './run.js';

const PARTS = { strict, lenient, cost };

const wanted = process.argv.slice(2);
const start = performance.now();
for (const [name, run] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) await run();
}
const seconds = Math.round((performance.now() - start) / 1000);
console.log(`\n${seconds} s on Node ${process.version}, seed ${SEED}`);
