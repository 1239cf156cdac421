import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { alternate } from '../calls/batches.js';
import { print } from '../fresh-process.js';
import { application, sharedStore } from './callers.js';

const PAIRS = 12;
/** Longer than a store trusts a copy that no message keeps right. */
const AGE_MS = 1500;

const [name = ''] = process.argv.slice(2);
const store = name === 'redis' ? sharedStore(randomUUID()) : undefined;
const direct = async () => undefined;
const call = await application(direct, store === undefined ? {} : { cooldown: { store } });

if (store !== undefined) {
  await sleep(AGE_MS);
  if (store.get('meta:act_1') !== undefined) throw new Error('The store has no live copy.');
}

const keepAlive = setInterval(() => undefined, 60_000);
const times = await alternate(
  () => call('act_1', '1').then(() => 1),
  () => direct().then(() => 1),
  PAIRS,
);
clearInterval(keepAlive);
print(times);
store?.close();
