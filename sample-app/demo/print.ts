import { styleText } from 'node:util';
import { columns, compactJson } from './compact-json.js';
import { realWaits, waitsIn } from './compare.js';
import type { PlayedScenario, PlayedStep } from './play.js';
import type { Call, LogLine, UpstreamRequest } from './scenario.js';

const WIDTH = 100;
const MARGIN = '     ';
const SHOWN_HEADERS = ['retry-after', 'www-authenticate'];

type Style = Parameters<typeof styleText>[0];

// Plain text unless a person looks at a terminal.
function style(format: Style, text: string): string {
  return process.stdout.isTTY ? styleText(format, text) : text;
}

export function chapterTitle(title: string): string {
  return style('bold', `\n━━ ${title} ${'━'.repeat(WIDTH - 4 - columns(title))}\n`);
}

/** A scenario as it was played. */
export function scenarioReport(number: number, played: PlayedScenario): string {
  const { scenario, steps, asPromised } = played;
  const verdict = asPromised ? style('green', '✔ as promised') : style('red', '✘ not as promised');
  const title = scenario.title.padEnd(WIDTH - MARGIN.length - 18);
  return [
    `${`${number}.`.padStart(4)} ${style('bold', title)} ${verdict}`,
    style('dim', MARGIN + scenario.why),
    ...steps.flatMap((step) => ['', ...stepReport(step)]),
    ...(scenario.showsLog === true ? ['', ...logReport(steps)] : []),
    '',
  ].join('\n');
}

function stepReport({ observed, differences }: PlayedStep): string[] {
  const { call, status, headers, body, requests, log } = observed;
  const waits = waitsIn(log).map((wait) => `${wait / 1000} s`);
  const shown = SHOWN_HEADERS.filter((name) => headers.has(name)).map(
    (name) => `${name}: ${headers.get(name)}`,
  );
  const answer =
    status === undefined ? 'none: the client has gone' : [status, ...shown].join('   ');
  const json = body === undefined ? [] : compactJson(body, WIDTH - MARGIN.length).split('\n');
  return [
    field('called', callInWords(call)),
    ...requestLines(requests, log),
    field('waits', waits.length === 0 ? 'none' : waits.join(', ')),
    field('answer', answer),
    ...json.map((line) => MARGIN + line),
    ...differences.map((difference) => style('red', `${MARGIN}✘ ${difference}`)),
  ];
}

function callInWords({ method, path, body, language }: Call): string {
  const { platform, account } = (body ?? {}) as { platform?: string; account?: string };
  const about = [platform, account].filter((each) => each !== undefined).join('/');
  return [`${method} ${path}`, about, language ?? 'zh-CN']
    .filter((each) => each !== '')
    .join('   ');
}

function requestLines(requests: readonly UpstreamRequest[], log: readonly LogLine[]): string[] {
  if (requests.length === 0) return [field('platform', 'got no request')];
  const waits = realWaits(requests, log);
  const lines = requests.map(({ operation, answer, began, ended = began }, index) => {
    const wait = waits.get(index);
    const lasted = answer === 'no answer' ? ` for ${seconds(ended - began)}` : '';
    const what = `${index + 1}. ${operation.padEnd(16)} ${answer}${lasted}`;
    return wait === undefined
      ? what
      : `${what.padEnd(58)} ${style('cyan', `${seconds(wait)} later`)}`;
  });
  return lines.map((line, index) => field(index === 0 ? 'platform' : '', line));
}

function logReport(steps: readonly PlayedStep[]): string[] {
  const lines = steps.flatMap(({ observed }) => observed.log).filter(({ msg }) => isOurs(msg));
  return lines.map((line, index) => field(index === 0 ? 'log' : '', logInWords(line)));
}

function isOurs(msg: string | undefined): boolean {
  return msg?.startsWith('retry_') === true || msg === 'operation_error';
}

function logInWords({ msg = '', ...fields }: LogLine): string {
  const shown = ['context', 'attempt', 'delay_ms', 'next_attempt', 'error_type', 'retry_count']
    .filter((key) => fields[key] !== undefined)
    .map((key) => `${key}=${String(fields[key])}`);
  return `${msg.padEnd(21)}${shown.join(' ')}`;
}

function field(name: string, value: string): string {
  return `${MARGIN}${style('dim', name.padEnd(10))}${value}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** All scenarios at a glance. */
export function summary(played: readonly PlayedScenario[], elapsedMs: number): string {
  const rows = played.map(({ scenario, steps, asPromised }, index) => {
    const requests = steps.reduce((sum, { observed }) => sum + observed.requests.length, 0);
    const waits = steps.flatMap(({ observed }) => waitsIn(observed.log)).map((ms) => ms / 1000);
    const answers = steps.map(({ observed }) => observed.status ?? '–').join(', ');
    return [
      asPromised ? style('green', '✔') : style('red', '✘'),
      String(index + 1).padStart(2),
      scenario.title.padEnd(60),
      String(requests).padStart(8),
      (waits.length === 0 ? '–' : `${waits.join(' ')} s`).padStart(9),
      `  ${answers}`,
    ].join(' ');
  });
  const kept = played.filter(({ asPromised }) => asPromised).length;
  return [
    chapterTitle('In short'),
    style('dim', `     ${'scenario'.padEnd(60)} requests     waits   answer`),
    ...rows,
    '',
    `${kept} of ${played.length} scenarios as promised, in ${Math.round(elapsedMs / 1000)} s`,
  ].join('\n');
}
