import { mkdirSync, writeFileSync } from 'node:fs';
import type { Figures } from './figures.js';
import { lineChart, type Axis, type Line, type LineChart } from './line-chart.js';
import { COMPARED, POLICIES } from './policies.js';
import type { Outcomes } from './run.js';
import { SETTINGS, totalMs, type SettingName } from './settings.js';

const FOLDER = new URL('../../../docs/storm/', import.meta.url);
const LOAD_WINDOW_MS = 500;
const SUCCESS_WINDOW_MS = 1000;

/** Draws what the backend is sent over time. */
export function drawLoad(file: string, setting: SettingName, outcomes: Outcomes): void {
  const load = (figures: Figures) => figures.load(LOAD_WINDOW_MS);
  const lines = linesOf(setting, outcomes, LOAD_WINDOW_MS, load);
  const y = { label: 'requests, x the steady rate', from: 0, to: 5, step: 1 };
  save(file, { title: SETTINGS[setting].title, ...timeOf(setting), y, lines });
}

/** Draws what becomes of the calls that begin at a time. */
export function drawSuccess(file: string, setting: SettingName, outcomes: Outcomes): void {
  const success = (figures: Figures) =>
    figures.success(SUCCESS_WINDOW_MS).map((share) => 100 * share);
  const lines = linesOf(setting, outcomes, SUCCESS_WINDOW_MS, success);
  const y = { label: 'calls begun that succeed in the end, %', from: 0, to: 100, step: 20 };
  save(file, { title: SETTINGS[setting].title, ...timeOf(setting), y, lines });
}

function linesOf(
  setting: SettingName,
  outcomes: Outcomes,
  windowMs: number,
  valuesOf: (figures: Figures) => readonly number[],
): Line[] {
  const { beforeMs } = SETTINGS[setting];
  const secondsAt = (index: number) => ((index + 0.5) * windowMs - beforeMs) / 1000;
  return COMPARED.map((name) => ({
    style: name,
    title: POLICIES[name].title,
    points: valuesOf(outcomes[name]).map((value, index) => [secondsAt(index), value] as const),
  }));
}

function timeOf(setting: SettingName): Pick<LineChart, 'x' | 'band'> {
  const { beforeMs, outageMs } = SETTINGS[setting];
  const from = -beforeMs / 1000;
  const to = (totalMs(SETTINGS[setting]) - beforeMs) / 1000;
  const x: Axis = { label: 'seconds since the outage began', from, to, step: 5 };
  return { x, band: { from: 0, to: outageMs / 1000, label: 'outage' } };
}

function save(file: string, chart: LineChart): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(new URL(`${file}.svg`, FOLDER), lineChart(chart));
}
