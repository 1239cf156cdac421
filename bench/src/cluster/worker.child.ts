import 'reflect-metadata';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { mixed, seededRandom } from '../storm/random.js';
import { CALLERS, type CallerName, type Send } from './callers.js';
import type { News } from './run.js';
import { ACCOUNTS, PAUSE_MS, PROCESSES, UNITS, WORKERS } from './settings.js';

const BEAT_MS = 5;

const [caller = '', run = '', url = '', processText = '', seedText = ''] = process.argv.slice(2);
const processNumber = Number(processText);
const random = seededRandom(mixed(Number(seedText), processNumber));

/** When this process has last read what had come in. */
let readAt = Date.now();
setInterval(() => setImmediate(() => (readAt = Date.now())), BEAT_MS).unref();

const tell = (news: News) => new Promise((told) => process.send?.(news, told));

const request: Send = async (account, unit) => {
  const response = await fetch(`${url}/${account}/${unit}`, {
    headers: { 'x-process': processText, 'x-read-at': String(readAt) },
  });
  if (!response.ok) {
    void tell({ refused: account, at: Date.now() });
    throw response;
  }
  await response.arrayBuffer();
};

const send = await CALLERS[caller as CallerName].boot(request, run);

/** The units of an account that are this process's. */
function queueOf(): string[] {
  const units = Array.from({ length: UNITS }, (_, unit) => unit);
  return units.filter((unit) => unit % PROCESSES === processNumber).map(String);
}

/** Takes one unit after the other. What fails for good is lost. */
async function work(account: string, queue: string[]): Promise<void> {
  for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
    await send(account, unit).catch(() => tell({ lost: account }));
    await sleep(PAUSE_MS.from + random() * (PAUSE_MS.to - PAUSE_MS.from));
  }
}

const begin = once(process, 'message');
process.send?.('ready');
await begin;
await Promise.all(
  ACCOUNTS.flatMap((account) => {
    const queue = queueOf();
    return Array.from({ length: WORKERS }, () => work(account, queue));
  }),
);
process.exit();
