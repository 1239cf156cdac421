import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { alternate } from '../calls/batches.js';
import { print } from '../fresh-process.js';
import { application, sharedStore } from './callers.js';

const PAIRS = 12;

const [name = ''] = process.argv.slice(2);
const store = name === 'redis' ? await sharedStore(randomUUID()) : undefined;
const direct = async () => undefined;
const call = await application(direct, store === undefined ? {} : { cooldown: { store } });

// In a server some timer is always running. Where none is, Node pays extra for each first one.
const keepAlive = setInterval(() => undefined, 60_000);
const times = await alternate(
  () => call('act_1', '1').then(() => 1),
  () => direct().then(() => 1),
  PAIRS,
);
clearInterval(keepAlive);
print(times);
store?.close();
