import { blips } from './blips.js';
import { checks } from './checks.js';
import { outages } from './outages.js';
import { SEED } from './run.js';
import { sparse } from './sparse.js';
import { steady } from './steady.js';

const PARTS = { checks, outages, blips, steady, sparse };

const wanted = process.argv.slice(2);
const start = performance.now();
for (const [name, run] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) await run();
}
const seconds = Math.round((performance.now() - start) / 1000);
console.log(`\n${seconds} s on Node ${process.version}, seed ${SEED}`);
