import { setTimeout as sleep } from 'node:timers/promises';
import { startApp } from './app.js';
import { CHAPTERS } from './demo/chapters.js';
import { play, type PlayedScenario } from './demo/play.js';
import { chapterTitle, scenarioReport, summary } from './demo/print.js';
import type { LogLine } from './demo/scenario.js';
import { startFakePlatforms } from './fake-platforms/server.js';
import { portOf, Settings } from './settings.js';

// What `npm run demo` runs: every scenario over real HTTP. Exit code 1 if one is not as promised.
const log: LogLine[] = [];
const platforms = await startFakePlatforms(portOf('FAKE_PORT', 0));
const settings = new Settings({
  platformsUrl: platforms.url,
  logLevel: 'info',
  logTo: { write: (line) => log.push(JSON.parse(line) as LogLine) },
});
const { app, url } = await startApp(settings, portOf('PORT', 0));
console.log(`Campaign automation at ${url}, fake ad platforms at ${platforms.url}`);

// Side by side, since each has an account of its own; told in turn.
const began = Date.now();
const stage = { app: url, platforms: platforms.url, log };
let started = 0;
const chapters = CHAPTERS.map(({ title, scenarios }) => ({
  title,
  playing: scenarios.map(async (scenario) => {
    await sleep(started++ * 50); // a crowd at the door would show in the measured waits
    return play(scenario, stage);
  }),
}));
const all = Promise.all(chapters.flatMap(({ playing }) => playing));
all.catch(() => undefined); // told below, at the scenario itself
const played: PlayedScenario[] = [];
for (const { title, playing } of chapters) {
  console.log(chapterTitle(title));
  for (const each of playing) {
    played.push(await each);
    console.log(scenarioReport(played.length, await each));
  }
}
console.log(summary(played, Date.now() - began));

await app.close();
await platforms.close();
process.exitCode = played.every(({ asPromised }) => asPromised) ? 0 : 1;
