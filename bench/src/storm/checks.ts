import { isDeepStrictEqual } from 'node:util';
import { goals, heading } from '../report.js';
import { SEED, simulate } from './run.js';

const TURNS = 4;
const CHECKED = ['defaults', 'naive', 'grpc'] as const;

/** Whether the simulation is what it claims to be: the same each time, and nothing comes too late. */
export async function checks(): Promise<void> {
  heading('The simulation itself');
  console.log(`Seed ${SEED}. A run that leaves a call or a timer behind ends the command.`);
  let differing = 0;
  for (const policy of CHECKED) {
    const run = await simulate('calmBlip', policy);
    const slow = await simulate('calmBlip', policy, TURNS);
    if (!isDeepStrictEqual(run, slow)) differing++;
  }
  goals([
    {
      what: `policies that differ with ${TURNS} turns of the event loop after each timer`,
      value: differing,
      atMost: 0,
    },
  ]);
}
