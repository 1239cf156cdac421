import { Logger } from 'nestjs-pino';
import { closeOnSignals, startApp } from './app.js';
import { portOf, REDIS_URL, Settings } from './settings.js';

// The application alone; `npm start` also starts platforms for it to call.
const platformsUrl = process.env['PLATFORMS_URL'] ?? 'http://127.0.0.1:4000';
const settings = new Settings({ platformsUrl, redisUrl: REDIS_URL });
const { app, url } = await startApp(settings, portOf('PORT', 3000));
closeOnSignals(app);
app.get(Logger).log(`listening at ${url}`);
