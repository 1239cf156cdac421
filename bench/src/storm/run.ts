import { inFreshProcess } from '../fresh-process.js';
import { Figures } from './figures.js';
import type { ComparedName, PolicyName } from './policies.js';
import type { Counts } from './recording.js';
import { SETTINGS, type SettingName } from './settings.js';

const SCRIPT = new URL('./run.child.js', import.meta.url);
const LIMIT_MS = 600_000;
/** Tens of thousands of calls wait at once: they are not to be copied over and over. */
const FLAGS = ['--max-semi-space-size=64'];

/** The seed of all runs, so that each policy meets the same calls and the same failures. */
export const SEED = Number(process.env['SEED'] ?? 1);

export interface Run {
  readonly counts: Counts;
  /** Calls without an end and timers that nobody has taken back. */
  readonly leftBehind: number;
}

export type Outcomes<Name extends PolicyName = ComparedName> = Readonly<Record<Name, Figures>>;

/** Simulates a setting under a policy in a process of its own. */
export async function simulate(
  setting: SettingName,
  policy: PolicyName,
  extraTurns = 0,
): Promise<Run> {
  const args = [setting, policy, String(SEED), String(extraTurns)];
  const run = await inFreshProcess<Run>(SCRIPT, { args, flags: FLAGS, limitMs: LIMIT_MS });
  if (run === undefined) throw new Error(`${args.join(' ')} took too long.`);
  if (run.leftBehind > 0) throw new Error(`${args.join(' ')} has left ${run.leftBehind} behind.`);
  return run;
}

/** Simulates a setting under each of these policies, one after the other. */
export async function simulateAll<Name extends PolicyName>(
  setting: SettingName,
  policies: readonly Name[],
): Promise<Outcomes<Name>> {
  const outcomes: [Name, Figures][] = [];
  for (const policy of policies) {
    const { counts } = await simulate(setting, policy);
    outcomes.push([policy, new Figures(SETTINGS[setting], counts)]);
  }
  return Object.fromEntries(outcomes) as Outcomes<Name>;
}
