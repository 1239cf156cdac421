import { isError, read, readString } from '../errors/safe-read.js';
import { bodiesOf, firstOf, listIn, readCode, wordsIn } from './body.js';
import { RATE_LIMITED, type Finding } from './finding.js';

const TIMED_OUT: Finding = { type: 'MCP_TIMEOUT' };
const BROKEN_OFF: Finding = { type: 'MCP_CONNECTION_ERROR' };
const NOT_SENT: Finding = { type: 'MCP_CONNECTION_ERROR', mayHaveExecuted: false };
const REFUSED: Finding = { type: 'MCP_CONNECTION_ERROR', retryable: false, mayHaveExecuted: false };
const TOOL_FAILED: Finding = { type: 'MCP_TOOL_ERROR' };
/** The server refused the request before a tool ran. */
const NOT_RUN: Finding = { type: 'MCP_TOOL_ERROR', mayHaveExecuted: false };

/**
 * Model Context Protocol: JSON-RPC errors, what a tool answers with `isError`, and the transports'
 * failures, as @modelcontextprotocol/sdk (v1) and @modelcontextprotocol/client (v2) throw them.
 */
export function mcpFindingOf(error: object): Finding | undefined {
  return (
    ofTransport(error) ??
    ofProtocol(error, wordsIn(error)) ??
    ofClient(error) ??
    firstOf(bodiesOf(error), ofBody)
  );
}

/** Whether a result says that the tool failed. */
export function isToolFailure(body: object): boolean {
  return read(body, 'isError') === true && Array.isArray(read(body, 'content'));
}

// Clients that are none of MCP's see the messages themselves.
function ofBody(body: object): Finding | undefined {
  const result = read(body, 'result') ?? body;
  if (typeof result === 'object' && isToolFailure(result)) return ofTool(result);
  const inner = read(body, 'error');
  if (readString(body, 'jsonrpc') !== '2.0' || typeof inner !== 'object' || inner === null) {
    return undefined;
  }
  return ofProtocol(inner, wordsIn(inner));
}

/** Words of McpServer that say the tool was never run; without its prefix they may be the tool's. */
const BEFORE_THE_TOOL =
  /^(?:MCP error -32602: (?:Unknown tool|Invalid arguments for tool |Tool \S{1,200} (?:not found|disabled))|(?:MCP error -32602: )?Input validation error: Invalid arguments for tool )/;

function ofTool(result: unknown): Finding {
  const words = wordsIn(listIn(result, 'content')[0], 'text');
  const finding = BEFORE_THE_TOOL.test(words) ? NOT_RUN : TOOL_FAILED;
  return { ...finding, retryable: false, message: words || undefined };
}

/** What the client finds wrong with the result of a tool that has run (client/index.js, callTool). */
const AFTER_THE_TOOL = [
  'has an output schema but did not return',
  'Structured content does not',
  'Failed to validate structured content',
];

// jsonrpc.org/specification#error_object; -32000 and -32001 are the SDK's own.
function ofProtocol(error: object, words: string): Finding | undefined {
  const code = readCode(error, 'code');
  const isReserved = code !== undefined && code <= -32_000 && code >= -32_768;
  if (code === undefined || !(isReserved || isProtocolError(error))) return undefined;
  const finding = judge(code, words, read(error, 'data'));
  return { platformCode: code, message: words || undefined, ...finding };
}

/** All other numbers are the server's: what it means by them, only it knows. */
function isProtocolError(error: object): boolean {
  return ['McpError', 'ProtocolError'].includes(classOf(error));
}

function judge(code: number, words: string, data: unknown): Finding {
  if (code === -32_000) return words.includes('Connection closed') ? BROKEN_OFF : TOOL_FAILED;
  if (code === -32_001) return ofTimeout(words, data);
  if (code === -32_603) return { ...TOOL_FAILED, retryable: true };
  if (AFTER_THE_TOOL.some((text) => words.includes(text))) return TOOL_FAILED;
  // -32002 resource not found, -32042 URL elicitation required: asked for before anything is done
  const isRefusal = [-32_700, -32_600, -32_601, -32_602, -32_002, -32_042].includes(code);
  return isRefusal ? NOT_RUN : TOOL_FAILED;
}

function ofTimeout(words: string, data: unknown): Finding {
  if (words.includes('AbortError')) return { type: 'CANCELLED' };
  // The server's, not the SDK's: it has forgotten the session and done nothing.
  if (words.includes('Session not found')) return NOT_SENT;
  const isLimit =
    ['timeout', 'maxTotalTimeout'].some((key) => read(data, key) !== undefined) ||
    /Request timed out|Maximum total timeout|TimeoutError/.test(words);
  // Else the caller has aborted, for a reason of its own.
  return isLimit ? TIMED_OUT : { ...TIMED_OUT, retryable: false };
}

/** The codes of v2 (core/src/errors). */
export const SDK_CODES: ReadonlyMap<string, Finding> = new Map([
  ['CONNECTION_CLOSED', BROKEN_OFF],
  ['NOT_CONNECTED', NOT_SENT],
  ['SEND_FAILED', BROKEN_OFF],
  ['INVALID_RESULT', TOOL_FAILED],
  ['UNSUPPORTED_RESULT_TYPE', TOOL_FAILED],
  ['CAPABILITY_NOT_SUPPORTED', NOT_RUN],
  ['METHOD_NOT_SUPPORTED_BY_PROTOCOL_VERSION', NOT_RUN],
  ['NOT_INITIALIZED', NOT_SENT],
  ['ERA_NEGOTIATION_FAILED', REFUSED],
  ['CLIENT_HTTP_AUTHENTICATION', REFUSED],
  ['CLIENT_HTTP_FORBIDDEN', REFUSED],
  ['CLIENT_HTTP_UNEXPECTED_CONTENT', BROKEN_OFF],
  ['CLIENT_HTTP_FAILED_TO_OPEN_STREAM', BROKEN_OFF],
  ['CLIENT_HTTP_FAILED_TO_TERMINATE_SESSION', BROKEN_OFF],
]);

/** The HTTP status that a transport of MCP keeps: v1 as the code, v2 among its data. */
function ofTransport(error: object): Finding | undefined {
  const words = wordsIn(error);
  const isV2 = readString(error, 'code')?.startsWith('CLIENT_HTTP_') === true;
  // Any other error may have a number as its code, and JSON-RPC leaves these to the server.
  if (!isError(error) || !(isV2 || /^(?:Streamable HTTP|SSE) error: /.test(words)))
    return undefined;
  const status = isV2 ? readCode(read(error, 'data'), 'status') : readCode(error, 'code');
  return status !== undefined && status >= 400 && status <= 599
    ? ofHttpStatus(status, words)
    : undefined;
}

function ofHttpStatus(status: number, words: string): Finding {
  if (status === 429) return RATE_LIMITED;
  if (status === 408 || status === 504) return TIMED_OUT;
  if (status >= 500) return BROKEN_OFF;
  return status === 404 && words.includes('Session not found') ? NOT_SENT : REFUSED;
}

const NEVER_SENT = /\b(?:connect|getaddrinfo) E[A-Z_]{3,20}\b/;

function ofClient(error: object): Finding | undefined {
  if (!isError(error)) return undefined;
  const code = readString(error, 'code') ?? '';
  const words = wordsIn(error);
  if (code === 'REQUEST_TIMEOUT') return ofTimeout(words, read(error, 'data'));
  const ofSdk = SDK_CODES.get(code);
  if (ofSdk !== undefined) return ofSdk;
  if (words === 'Not connected') return NOT_SENT;
  if (classOf(error) === 'UnauthorizedError') return REFUSED;
  // A server that is a process: what cannot be started now cannot be started again either.
  const isSpawn = readString(error, 'syscall')?.startsWith('spawn') === true;
  if (isSpawn && ['ENOENT', 'EACCES'].includes(code)) return REFUSED;
  // v1's SSE transport keeps of a failed connection its words alone.
  if (words.startsWith('SSE error: ')) return NEVER_SENT.test(words) ? NOT_SENT : BROKEN_OFF;
  // v1: a page where JSON was expected.
  return words.includes('Unexpected content type') ? BROKEN_OFF : undefined;
}

/** The names of v1's errors are "Error": there only the class tells. */
function classOf(error: object): string {
  const name = readString(error, 'name') ?? '';
  return name === 'Error' ? (readString(read(error, 'constructor'), 'name') ?? '') : name;
}
