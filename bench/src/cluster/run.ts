import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CallerName } from './callers.js';
import { Figures } from './figures.js';
import { Platform } from './platform.js';
import { PATIENCE_MS, PROCESSES, type PlatformName } from './settings.js';

const SCRIPT = fileURLToPath(new URL('./worker.child.js', import.meta.url));

/** The seed of the pauses between two units. */
export const SEED = Number(process.env['SEED'] ?? 1);

/** What a process tells: a unit is given up, or it has read a refusal. */
export type News = { readonly lost: string } | { readonly refused: string; readonly at: number };

/** Lets the processes do their work against one platform. */
export async function run(name: PlatformName, caller: CallerName): Promise<Figures> {
  const platform = await Platform.start(name);
  const id = randomUUID();
  let lost = 0;
  const children = Array.from({ length: PROCESSES }, (_, number) =>
    fork(SCRIPT, [caller, id, platform.url, String(number), String(SEED)]),
  );
  try {
    const ended = Promise.all(children.map(endOf));
    await Promise.race([Promise.all(children.map((child) => once(child, 'message'))), ended]);
    for (const child of children) {
      child.on('message', (news: News) => {
        if ('lost' in news) lost++;
        else platform.noticed(news.refused, news.at);
      });
    }
    platform.begin();
    for (const child of children) child.send('begin');
    await Promise.race([ended, sleep(PATIENCE_MS, undefined, { ref: false })]);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await platform.stop();
  }
  return new Figures([...platform.accounts.values()], lost);
}

async function endOf(child: ChildProcess): Promise<void> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0 && signal === null) throw new Error(`A process has ended with ${code}.`);
}
