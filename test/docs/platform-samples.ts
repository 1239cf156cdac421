import { WRAPPINGS, type Reply } from '../unit/classify/wrappings.js';

/*
 * What the first cells of the tables in docs/platforms stand for: errors as clients throw them.
 */

const answered = (reply: Reply) => WRAPPINGS['an AxiosError']?.(reply);
const failed = (words: string, fields: object = {}) => Object.assign(new Error(words), fields);

const STATUS = /\bHTTP (\d{3})/;
const WORDS = /"([^"]+)"/;

/** `17`, `-3`, `200 to 299`, `1/99`, `…/463`. */
const CODE = /(?:(-?\d+|…)\/)?(-?\d+)(?: to (\d+))?/g;

export interface Codes {
  readonly code: number | undefined;
  readonly subcode: number | undefined;
  /** The last of a range that `code` begins. */
  readonly last: number | undefined;
}

export function codesIn(cell: string): Codes[] {
  return [...cell.replace(STATUS, '').matchAll(CODE)].map(([, before, number, last]) => ({
    code: before === undefined ? Number(number) : before === '…' ? undefined : Number(before),
    subcode: before === undefined ? undefined : Number(number),
    last: last === undefined ? undefined : Number(last),
  }));
}

/** Both ends of a range and one between. */
function numbersOf({ code, last }: Codes): (number | undefined)[] {
  if (code === undefined || last === undefined) return [code];
  return [code, Math.floor((code + last) / 2), last];
}

export function metaErrors(cell: string): unknown[] {
  const status = Number(STATUS.exec(cell)?.[1] ?? 400);
  const message = WORDS.exec(cell)?.[1] ?? 'x';
  const isTransient = cell.includes('is_transient');
  return codesIn(cell).flatMap((codes) =>
    // A subcode says the same with a code that says another thing, and with one that says nothing.
    (codes.code === undefined ? [9999, 100] : numbersOf(codes)).map((code) => {
      const error = { code, error_subcode: codes.subcode, message, is_transient: isTransient };
      return answered({ status, body: { error } });
    }),
  );
}

export function tiktokErrors(cell: string): unknown[] {
  const status = Number(STATUS.exec(cell)?.[1] ?? 200);
  const message = WORDS.exec(cell)?.[1] ?? 'x';
  return codesIn(cell).flatMap((codes) =>
    numbersOf(codes).map((code) =>
      answered({ status, body: { code, message, request_id: 'r', data: {} } }),
    ),
  );
}

/** `quota_error`, `quota_error.ACCESS_PROHIBITED`, or `.NAME` of the category before it. */
const NAMES = /([a-z_]+_error)?(\.[A-Z_]+)|[a-z_]+_error/g;

export function failuresIn(cell: string): string[] {
  let last = '';
  return [...cell.matchAll(NAMES)].map(([whole, category = last, name]) => {
    last = category;
    return name === undefined ? whole : category + name;
  });
}

export function googleAdsFailures(cell: string): unknown[] {
  const rateName = WORDS.exec(cell)?.[1];
  return failuresIn(cell).map((failure) => {
    const [category = '', name = 'ANY_OTHER'] = failure.split('.');
    const details = rateName && { quota_error_details: { rate_name: rateName } };
    const errors = [{ error_code: { [category]: name }, message: 'x', details }];
    return answered({ status: 400, body: { error: { code: 400, details: [{ errors }] } } });
  });
}

export function namesIn(cell: string): string[] {
  return cell.split(', ');
}

export function oauthErrors(cell: string): unknown[] {
  return namesIn(cell).map((error) => answered({ status: 400, body: { error } }));
}

const rpc = (code: number, status: string, details: readonly object[] = [], message = 'x') =>
  answered({ status: code, body: { error: { code, status, message, details } } });

export function googleReasons(cell: string): unknown[] {
  return namesIn(cell).map((reason) =>
    rpc(400, 'INVALID_ARGUMENT', [{ reason, domain: 'googleapis.com' }]),
  );
}

export function rpcStatuses(cell: string): unknown[] {
  return namesIn(cell).map((status) => rpc(400, status));
}

export function httpAnswers(cell: string): unknown[] {
  return codesIn(cell)
    .flatMap(numbersOf)
    .map((status) => answered({ status: status ?? 0, body: 'x' }));
}

export function networkErrors(cell: string): unknown[] {
  return namesIn(cell).map((code) => failed('x', { code }));
}

const quota = (quotaId: string, quotaValue = '20') =>
  rpc(429, 'RESOURCE_EXHAUSTED', [{ violations: [{ quotaId, quotaValue }] }]);

const REFUSALS = [
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'UNIMPLEMENTED',
];

/** By the beginning of a cell. */
export const GEMINI_ERRORS: Readonly<Record<string, () => unknown[]>> = {
  'RESOURCE_EXHAUSTED or 429': () => [rpc(429, 'x'), quota('RequestsPerMinutePerProject')],
  'RESOURCE_EXHAUSTED with a quota id': () => [quota('RequestsPerDayPerProject')],
  'RESOURCE_EXHAUSTED with a limit': () => [quota('RequestsPerMinutePerProject', '0')],
  DEADLINE_EXCEEDED: () => [rpc(504, 'DEADLINE_EXCEEDED'), rpc(504, 'x'), rpc(408, 'x')],
  UNKNOWN: () => [
    ...['UNKNOWN', 'ABORTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'].map((name) => rpc(500, name)),
    ...[502, 503, 599].map((status) => answered({ status, body: '<html>' })),
  ],
  INVALID_ARGUMENT: () => [
    ...REFUSALS.map((name) => rpc(400, name)),
    rpc(418, 'x'),
    answered({ status: 403, body: 'x' }),
  ],
  CANCELLED: () => [rpc(499, 'CANCELLED'), rpc(499, 'x')],
  'a blockReason': () => [
    { promptFeedback: { blockReason: 'SAFETY' } },
    { candidates: [{ finishReason: 'RECITATION' }] },
  ],
  'an AbortError': () => [new DOMException('x', 'AbortError')],
  'Request aborted': () => [failed('Request aborted by client: x')],
  'Retryable HTTP': () => [failed('Retryable HTTP Error: Too Many Requests')],
  'Non-retryable': () => [failed('Non-retryable exception Bad Request sending request')],
};

const protocol = (code: number, words: string, data?: object) =>
  failed(`MCP error ${code}: ${words}`, { name: 'McpError', code, data });
const transport = (code: number, words = '') =>
  failed(`Streamable HTTP error: ${words}`, { name: 'McpError', code });
const result = (text: string) => ({ isError: true, content: [{ type: 'text', text }] });

export const MCP_ERRORS: Readonly<Record<string, () => unknown[]>> = {
  '-32700': () =>
    [-32700, -32600, -32601, -32602, -32002, -32042].map((code) => protocol(code, 'x')),
  '-32603': () => [protocol(-32603, 'x')],
  'any other code': () => [-32000, -32050, 1234].map((code) => protocol(code, 'x')),
  'a result with isError: the': () => [result('The platform answered: not found')],
  'a result with isError that': () => [
    result('MCP error -32602: Tool create not found'),
    result('MCP error -32602: Unknown tool: create'),
    result('MCP error -32602: Input validation error: Invalid arguments for tool create'),
  ],
  'a result that does not match': () => [
    protocol(-32602, "Structured content does not match the tool's output schema"),
  ],
  "-32001: the client's": () => [
    protocol(-32001, 'Request timed out', { timeout: 60_000 }),
    protocol(-32001, 'TimeoutError: The operation was aborted'),
  ],
  '-32001: an abort': () => [protocol(-32001, 'the user has left')],
  '-32001: an AbortError': () => [protocol(-32001, 'AbortError: This operation was aborted')],
  '-32001: Session': () => [protocol(-32001, 'Session not found')],
  '-32000: Connection': () => [protocol(-32000, 'Connection closed')],
  'Not connected': () => [failed('Not connected')],
  'HTTP 429': () => [transport(429)],
  'HTTP 408': () => [transport(408), transport(504)],
  'any other HTTP 5xx': () => [transport(500), transport(503)],
  'HTTP 404': () => [transport(404, 'Session not found')],
  'any other HTTP 4xx': () => [400, 401, 403, 404, 418].map((status) => transport(status)),
  'an UnauthorizedError': () => [failed('x', { name: 'UnauthorizedError' })],
  'a program': () =>
    ['ENOENT', 'EACCES'].map((code) => failed('x', { code, syscall: 'spawn /bin/x' })),
  'SSE error: connect': () => [failed('SSE error: connect ECONNREFUSED')],
  'any other SSE': () => [
    failed('SSE error: terminated'),
    failed('Streamable HTTP error: Unexpected content type: text/html', { code: -1 }),
  ],
};

export function mcpCodes(cell: string): unknown[] {
  return namesIn(cell).map((code) => failed('x', { name: 'McpError', code }));
}
