import 'reflect-metadata';
import { print } from '../fresh-process.js';
import { Backend } from './backend.js';
import { Client } from './client.js';
import { POLICIES, type PolicyName } from './policies.js';
import { seedMathRandom } from './random.js';
import { Recording } from './recording.js';
import type { Run } from './run.js';
import { SETTINGS, type SettingName } from './settings.js';
import { VirtualClock } from './virtual-clock.js';

const [settingName = '', policyName = '', seedText = '', extraTurns = ''] = process.argv.slice(2);
const setting = SETTINGS[settingName as SettingName];
const policy = POLICIES[policyName as PolicyName];
const seed = Number(seedText);

const clock = new VirtualClock();
const now = () => clock.time;
const recording = new Recording(setting, now);
const backend = new Backend(setting, recording, now);
const world = { setting, policy, seed, clock, recording, backend };

const clients: Client[] = [];
while (clients.length < setting.clients) clients.push(await Client.boot(world, clients.length));

const restoreRandom = seedMathRandom(seed);
const restoreTimers = clock.install();
for (const client of clients) client.start();
await clock.run(Number(extraTurns));
restoreTimers();
restoreRandom();

const run: Run = { counts: recording.counts, leftBehind: recording.open + clock.pending };
print(run);
