import { AxiosError, AxiosHeaders } from 'axios';
import { classifyError, type ErrorHint } from '../nestjs-retryable.js';
import { goals, heading, number, table } from '../report.js';
import { median } from '../statistics.js';

const BATCH = 20_000;
const BATCHES = 15;

const usage = JSON.stringify({
  '123': [{ type: 'ads_management', call_count: 100, estimated_time_to_regain_access: 7 }],
});

function axiosError(status: number, data: unknown, headers: Record<string, string> = {}) {
  const config = { headers: new AxiosHeaders() };
  const response = { status, statusText: '', config, headers: new AxiosHeaders(headers), data };
  return new AxiosError(`Request failed with status code ${status}`, 'x', config, {}, response);
}

const graph = (code: number, message = 'x') => ({
  error: { message, type: 'OAuthException', code, fbtrace_id: 'A1' },
});
const quota = {
  errorCode: { quotaError: 'RESOURCE_EXHAUSTED' },
  message: 'Too many requests. Retry in 30 seconds.',
  details: { quotaErrorDetails: { retryDelay: '30s' } },
};
const failure = {
  error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ errors: [quota] }] },
};

/** What clients throw on a bad day. */
const ERRORS: readonly (readonly [string, ErrorHint, unknown])[] = [
  ['AxiosError, HTTP 503', {}, axiosError(503, '')],
  ['AxiosError, HTTP 503, of Meta', { platform: 'meta' }, axiosError(503, '<html></html>')],
  ['AxiosError, a code of Meta', { platform: 'meta' }, axiosError(400, graph(190))],
  [
    'AxiosError, throttled by Meta, usage header',
    { platform: 'meta' },
    axiosError(400, graph(80_004), { 'x-business-use-case-usage': usage }),
  ],
  [
    'AxiosError, a code of TikTok',
    { platform: 'tiktok' },
    axiosError(200, { code: 40_100, message: 'x', request_id: '1' }),
  ],
  ['AxiosError, a GoogleAdsFailure', { platform: 'google' }, axiosError(429, failure)],
  [
    'AxiosError, connection reset',
    { platform: 'meta' },
    new AxiosError('socket hang up', 'ECONNRESET'),
  ],
  [
    'ApiError of Gemini, JSON in its message',
    { platform: 'gemini' },
    Object.assign(new Error(JSON.stringify(failure)), { status: 429 }),
  ],
];

function microseconds(error: unknown, hint: ErrorHint): number {
  const times: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = process.hrtime.bigint();
    for (let index = 0; index < BATCH; index++) classifyError(error, hint);
    times.push(Number(process.hrtime.bigint() - start) / BATCH / 1000);
  }
  return median(times);
}

const MEGABYTE = 'x'.repeat(1_000_000);
const JSON_TEXT = JSON.stringify(graph(190, MEGABYTE));

const BODIES: readonly (readonly [string, unknown, string | undefined])[] = [
  ['a page', `<${MEGABYTE}`, undefined],
  ['a page in a Buffer', Buffer.from(`<${MEGABYTE}`), undefined],
  ['an object with a long message', graph(190, MEGABYTE), undefined],
  ['JSON as text', JSON_TEXT, JSON_TEXT],
];

/** Milliseconds beyond what JSON.parse takes for the same body. */
function millisecondsBeyondParsing(body: unknown, json: string | undefined): number {
  const times: number[] = [];
  for (let round = 0; round < 9; round++) {
    const error = axiosError(500, body);
    const start = performance.now();
    classifyError(error, { platform: 'meta' });
    const classified = performance.now();
    if (json !== undefined) JSON.parse(json);
    times.push(classified - start - (json === undefined ? 0 : performance.now() - classified));
  }
  return median(times);
}

/** What it takes to understand an error. */
export function classify(): void {
  heading('Understanding an error');
  const times = ERRORS.map(([name, hint, error]) => [name, microseconds(error, hint)] as const);
  table(
    ['', 'us'],
    times.map(([name, us]) => [name, number(us)]),
  );
  console.log();
  const bodies = BODIES.map(
    ([name, body, json]) => [name, millisecondsBeyondParsing(body, json)] as const,
  );
  table(
    ['a body of 1 MB', 'ms beyond parsing'],
    bodies.map(([name, ms]) => [name, number(ms)]),
  );
  goals([
    {
      what: 'a typical AxiosError, us',
      value: Math.max(
        ...times.filter(([name]) => name.startsWith('AxiosError')).map(([, us]) => us),
      ),
      atMost: 5,
    },
    {
      what: 'a body of 1 MB, ms beyond parsing',
      value: Math.max(...bodies.map(([, ms]) => ms)),
      atMost: 1,
    },
  ]);
}
