import { closeOnSignals, startApp } from './app.js';
import { startFakePlatforms } from './fake-platforms/server.js';
import { portOf, REDIS_URL, Settings } from './settings.js';

// What `npm start` runs: platforms that need no account, and the application that calls them.
try {
  const platforms = await startFakePlatforms(portOf('FAKE_PORT', 4000));
  const settings = new Settings({
    platformsUrl: platforms.url,
    logLevel: process.env['LOG_LEVEL'] ?? 'warn',
    redisUrl: REDIS_URL,
  });
  const { app, url } = await startApp(settings, portOf('PORT', 3000));
  closeOnSignals(app);
  console.log(welcome(url, platforms.url, settings.redisUrl !== undefined));
} catch (error) {
  console.error(
    `${String(error)}\nPORT and FAKE_PORT choose other ports; 0 takes any that is free.`,
  );
  process.exit(1);
}

function welcome(app: string, platforms: string, parks: boolean): string {
  const json = "-H 'Content-Type: application/json'";
  const campaign = `{"platform":"meta","account":"down-twice","name":"Spring","ad_sets":[
    {"name":"Paris","daily_budget":50,"ads":[{"name":"Blue","headline":"A blue dress"}]}]}`;
  const parking = parks
    ? `
  A campaign of the account come-back-later waits 45 s in Redis. Follow it: ${app}/parked-calls/<job_id>
`
    : '';
  return `
  Campaign automation  ${app}
  Fake ad platforms    ${platforms}   (GET /accounts: which account name fails how)
  API and its errors   ${app}/api   (as JSON: /api-json)

  Open ${app} in a browser: choose a platform and a failure, and watch the retries.

  The same from a shell. Meta answers 503 twice. Waits 1 s and 2 s, then one campaign is there:

  curl -s ${app}/campaigns ${json} -d '${campaign}'

  The token has expired. Not retried; the answer says what to do:

  curl -s -i ${app}/accounts/meta/token-expired/ad-sets -H 'Accept-Language: en'

  Moves budget from the ad set that sells least to the one that sells most:

  curl -s ${app}/budget/optimize ${json} -d '{"platform":"tiktok","account":"shop"}'
${parking}
  LOG_LEVEL=info npm start logs every request and every wait. Ctrl+C ends both servers.
`;
}
