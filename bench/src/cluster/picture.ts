import { mkdirSync, writeFileSync } from 'node:fs';
import { lineChart } from '../storm/line-chart.js';
import { CALLERS, type CallerName } from './callers.js';
import type { Outcomes } from './limits.js';
import { LEAST_MS, PROCESSES } from './settings.js';

const FOLDER = new URL('../../../docs/cluster/', import.meta.url);
const PART_MS = 1000;
const UNTIL_MS = 1.2 * LEAST_MS;

/** Their styles are those of the other charts. */
const STYLES: Readonly<Record<CallerName, string>> = {
  naive: 'naive',
  memory: 'aws',
  redis: 'defaults',
};

/** Draws what the platform is sent for an account over time. */
export function drawRequests(outcomes: Outcomes): void {
  const lines = (Object.keys(STYLES) as CallerName[]).map((name) => ({
    style: STYLES[name],
    title: CALLERS[name].title,
    points: outcomes[name]
      .requestsPer(PART_MS, UNTIL_MS)
      .map((requests, part) => [((part + 0.5) * PART_MS) / 1000, requests] as const),
  }));
  const chart = lineChart({
    title: `${PROCESSES} processes, one account`,
    x: { label: 'seconds', from: 0, to: UNTIL_MS / 1000, step: 5 },
    y: { label: 'requests a second of an account', from: 0, to: 160, step: 20 },
    band: { from: 0, to: LEAST_MS / 1000, label: 'the least time that the work takes' },
    lines,
  });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(new URL('requests.svg', FOLDER), chart);
}
