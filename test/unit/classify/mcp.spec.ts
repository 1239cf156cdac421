import { describe, expect, it } from 'vitest';
import { classifyError } from '../../../lib/index.js';
import { verdictOn, type Verdict } from './verdict.js';
import { WRAPPINGS } from './wrappings.js';

const MCP = { platform: 'mcp' };

const TIMEOUT: Verdict = ['MCP_TIMEOUT', 'again', 'may have executed'];
const BROKEN: Verdict = ['MCP_CONNECTION_ERROR', 'again', 'may have executed'];
const NOT_SENT: Verdict = ['MCP_CONNECTION_ERROR', 'again', 'not executed'];
const REFUSED: Verdict = ['MCP_CONNECTION_ERROR', 'final', 'not executed'];
const NOT_RUN: Verdict = ['MCP_TOOL_ERROR', 'final', 'not executed'];
const TOOL: Verdict = ['MCP_TOOL_ERROR', 'final', 'may have executed'];
const INTERNAL: Verdict = ['MCP_TOOL_ERROR', 'again', 'may have executed'];
const CANCELLED: Verdict = ['CANCELLED', 'final', 'may have executed'];
const LIMIT: Verdict = ['API_RATE_LIMIT', 'again', 'not executed'];

class McpError extends Error {
  override readonly name = 'McpError';

  constructor(
    readonly code: unknown,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}
class UnauthorizedError extends Error {}

const v1 = (code: number, words: string, data?: unknown) =>
  new McpError(code, `MCP error ${code}: ${words}`, data);
const http = (code: number, text = '') =>
  new McpError(code, `Streamable HTTP error: Error POSTing to endpoint: ${text}`);
const httpV2 = (status: number, code = 'CLIENT_HTTP_NOT_IMPLEMENTED') =>
  new McpError(code, `Error POSTing to endpoint (HTTP ${status})`, { status });
const system = (fields: object) => Object.assign(new Error('x'), fields);

/** What clients throw, and what it means to who called a tool. */
const THROWN: readonly (readonly [what: string, error: unknown, Verdict])[] = [
  ['a time-out', v1(-32001, 'Request timed out', { timeout: 60_000 }), TIMEOUT],
  ['a time-out of all', v1(-32001, 'Maximum total timeout exceeded'), TIMEOUT],
  ['a signal of time', v1(-32001, 'TimeoutError: The operation was aborted'), TIMEOUT],
  ['a time-out of v2', new McpError('REQUEST_TIMEOUT', 'Request timed out'), TIMEOUT],
  ['an abort', v1(-32001, 'AbortError: This operation was aborted'), CANCELLED],
  ['an abort of v2', new McpError('REQUEST_TIMEOUT', 'AbortError: x'), CANCELLED],
  ['a lost session', v1(-32001, 'Session not found'), NOT_SENT],
  ['a closed connection', v1(-32000, 'Connection closed'), BROKEN],
  ['a closed connection of v2', new McpError('CONNECTION_CLOSED', 'Connection closed'), BROKEN],
  ['no connection', new Error('Not connected'), NOT_SENT],
  ['no connection of v2', new McpError('NOT_CONNECTED', 'Not connected'), NOT_SENT],
  ['a parse error', v1(-32700, 'Parse error'), NOT_RUN],
  ['an invalid request', v1(-32600, 'Invalid Request'), NOT_RUN],
  ['an unknown method', v1(-32601, 'Method not found'), NOT_RUN],
  ['invalid arguments', v1(-32602, 'Invalid params'), NOT_RUN],
  ['an unknown tool of v2', new McpError(-32602, 'Unknown tool: foo'), NOT_RUN],
  ['an unknown resource', v1(-32002, 'Resource not found'), NOT_RUN],
  ['a page to be opened first', v1(-32042, 'URL elicitation required'), NOT_RUN],
  ['a missing result', v1(-32600, 'Tool t has an output schema but did not return it'), TOOL],
  ['a wrong result', v1(-32602, "Structured content does not match the tool's schema"), TOOL],
  ['a wrong result of v2', new McpError('INVALID_RESULT', 'Invalid result'), TOOL],
  ['an internal error', v1(-32603, 'it threw'), INTERNAL],
  ['a code of the server', v1(-32050, 'out of paper'), TOOL],
  ['HTTP 400', http(400), REFUSED],
  ['HTTP 401', http(401), REFUSED],
  ['HTTP 403', http(403), REFUSED],
  ['HTTP 404', http(404), REFUSED],
  ['HTTP 429', http(429), LIMIT],
  ['HTTP 408', http(408), TIMEOUT],
  ['HTTP 500', http(500), BROKEN],
  ['HTTP 503', http(503), BROKEN],
  ['HTTP 504', http(504), TIMEOUT],
  [
    'a page',
    Object.assign(new Error('Streamable HTTP error: Unexpected content type: text/html'), {
      code: -1,
    }),
    BROKEN,
  ],
  ['a code of the server that is -1', v1(-1, 'x'), TOOL],
  ['a code of the server that looks like HTTP', v1(429, 'x'), TOOL],
  ['a code of the server that is any number', v1(1234, 'x'), TOOL],
  ['-32000 of the server', v1(-32000, 'out of paper'), TOOL],
  ['a result that cannot be checked', v1(-32602, 'Failed to validate structured content: x'), TOOL],
  [
    'an abort for a reason',
    v1(-32001, 'the user has left'),
    ['MCP_TIMEOUT', 'final', 'may have executed'],
  ],
  [
    'a lost session over HTTP',
    http(404, '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}'),
    NOT_SENT,
  ],
  ['HTTP 401 of v2', httpV2(401), REFUSED],
  ['HTTP 403 of v2', httpV2(403, 'CLIENT_HTTP_FORBIDDEN'), REFUSED],
  ['HTTP 429 of v2', httpV2(429), LIMIT],
  ['HTTP 503 of v2', httpV2(503), BROKEN],
  ['a page of v2', new McpError('CLIENT_HTTP_UNEXPECTED_CONTENT', 'x'), BROKEN],
  ['SSE that is not there', new McpError(405, 'SSE error: Non-200 status code (405)'), REFUSED],
  ['SSE that broke off', new McpError(undefined, 'SSE error: terminated'), BROKEN],
  ['SSE that nobody serves', new McpError(undefined, 'SSE error: connect ECONNREFUSED'), NOT_SENT],
  ['a missing authorization', new UnauthorizedError('Unauthorized'), REFUSED],
  ['a program that is not there', system({ code: 'ENOENT', syscall: 'spawn /no/bin' }), REFUSED],
  ['a program that may not run', system({ code: 'EACCES', syscall: 'spawn /bin/x' }), REFUSED],
  ['a refused connection', system({ cause: system({ code: 'ECONNREFUSED' }) }), NOT_SENT],
  ['a reset', system({ cause: system({ code: 'UND_ERR_SOCKET' }) }), BROKEN],
];

describe('an error of an MCP client', () => {
  it.each(THROWN)('tells %s', (_, error, verdict) => {
    expect(verdictOn(error, MCP)).toEqual(verdict);
    expect(verdictOn(new Error('above', { cause: error }), MCP)).toEqual(verdict);
  });

  it('is understood where only the operation is named', () => {
    const error = v1(-32001, 'Request timed out');
    expect(verdictOn(error, { operation: 'mcp_call' })).toEqual(TIMEOUT);
  });

  it('keeps the code of the protocol and its words', () => {
    const known = classifyError(v1(-32602, 'Invalid params'), MCP);
    expect(known?.details).toEqual({ platform_code: -32602 });
    expect(known?.message).toBe('MCP error -32602: Invalid params');
  });

  it.each([
    { code: 'ENOENT', syscall: 'open' },
    { code: 429 },
    { code: -31_999 },
    { code: -32_769 },
  ])('is none where the code is of something else: %j', (fields) => {
    expect(verdictOn(system(fields), MCP)).toBeUndefined();
  });
});

describe('a message of JSON-RPC', () => {
  const message = (code: number, words: string) => ({
    jsonrpc: '2.0',
    id: 1,
    error: { code, message: words },
  });

  it.each(Object.entries(WRAPPINGS))('is understood as %s', (_, wrap) => {
    const body = message(-32602, 'Unknown tool: foo');
    expect(verdictOn(wrap({ status: 200, body }), MCP)).toEqual(NOT_RUN);
  });

  it('says where a session is lost', () => {
    const [wrap] = Object.values(WRAPPINGS);
    const body = message(-32001, 'Session not found');
    expect(verdictOn(wrap?.({ status: 200, body }), MCP)).toEqual(NOT_SENT);
  });
});

describe('the result of a tool that failed', () => {
  const result = (text: string) => ({ isError: true, content: [{ type: 'text', text }] });

  it.each([
    ['MCP error -32602: Input validation error: Invalid arguments for tool create', NOT_RUN],
    ['MCP error -32602: Tool create not found', NOT_RUN],
    ['MCP error -32602: Tool create disabled', NOT_RUN],
    ['MCP error -32602: Unknown tool: create', NOT_RUN],
    ['Input validation error: Invalid arguments for tool create', NOT_RUN],
    ['Tool pause_campaign not found', TOOL],
    ['Invalid arguments for tool refund (after charging)', TOOL],
    ['MCP error -32602: Output validation error: Invalid structured content', TOOL],
    ['The platform answered: campaign not found', TOOL],
    ['', TOOL],
  ] as const)('tells whether the tool ran: %s', (text, verdict) => {
    expect(verdictOn(result(text), MCP)).toEqual(verdict);
    expect(verdictOn({ jsonrpc: '2.0', id: 1, result: result(text) }, MCP)).toEqual(verdict);
  });

  it.each([
    { isError: true },
    { isError: 'true', content: [] },
    { isError: false, content: [] },
    { content: [] },
  ])('is no other object: %j', (value) => {
    expect(verdictOn(value, MCP)).toBeUndefined();
  });

  it('may say nothing at all', () => {
    expect(verdictOn({ isError: true, content: [] }, MCP)).toEqual(TOOL);
    expect(verdictOn({ isError: true, content: [null] }, MCP)).toEqual(TOOL);
  });
});
