import { isError, read, readString } from '../errors/safe-read.js';
import { bodiesOf, firstOf, readCode, wordsIn } from './body.js';
import { RATE_LIMITED, type Finding } from './finding.js';
import { listIn } from './google-rpc.js';

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
  /^(?:MCP error -32602: (?:Invalid arguments|Unknown tool|Tool \S{1,200} (?:not found|disabled))|(?:MCP error -32602: )?Input validation error: )/;

function ofTool(result: unknown): Finding {
  const words = wordsIn(listIn(result, 'content')[0], 'text');
  const finding = BEFORE_THE_TOOL.test(words) ? NOT_RUN : TOOL_FAILED;
  return { ...finding, retryable: false, message: words || undefined };
}

/** What the client finds wrong with the result of a tool that has run (client/index.js, callTool). */
const AFTER_THE_TOOL = ['has an output schema but did not return', 'Structured content does not'];

// jsonrpc.org/specification#error_object; -32000 and -32001 are the SDK's own.
function ofProtocol(error: object, words: string): Finding | undefined {
  const code = readCode(error, 'code');
  if (code === undefined || code > -32_000 || code < -32_768) return undefined;
  const finding = judge(code, words);
  return { platformCode: code, message: words || undefined, ...finding };
}

function judge(code: number, words: string): Finding {
  if (code === -32_000) return BROKEN_OFF;
  if (code === -32_001) return ofTimeout(words);
  if (code === -32_603) return { ...TOOL_FAILED, retryable: true };
  if (AFTER_THE_TOOL.some((text) => words.includes(text))) return TOOL_FAILED;
  // -32002 resource not found, -32042 URL elicitation required: asked for before anything is done
  const isRefusal = [-32_700, -32_600, -32_601, -32_602, -32_002, -32_042].includes(code);
  return isRefusal ? NOT_RUN : TOOL_FAILED;
}

function ofTimeout(words: string): Finding {
  if (words.includes('AbortError')) return { type: 'CANCELLED' };
  // The server's, not the SDK's: it has forgotten the session and done nothing.
  return words.includes('Session not found') ? NOT_SENT : TIMED_OUT;
}

/** The codes of v2 (core/src/errors). */
const SDK_CODES: ReadonlyMap<string, Finding> = new Map([
  ['REQUEST_TIMEOUT', TIMED_OUT],
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
  const code = readString(error, 'code');
  const status = code?.startsWith('CLIENT_HTTP_')
    ? readCode(read(error, 'data'), 'status')
    : readCode(error, 'code');
  if (!isError(error) || status === undefined || status < 400 || status > 599) return undefined;
  return ofHttpStatus(status, wordsIn(error));
}

function ofHttpStatus(status: number, words: string): Finding {
  if (status === 429) return RATE_LIMITED;
  if (status === 408 || status === 504) return TIMED_OUT;
  if (status >= 500) return BROKEN_OFF;
  return status === 404 && words.includes('Session not found') ? NOT_SENT : REFUSED;
}

const NEVER_SENT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH/;

function ofClient(error: object): Finding | undefined {
  if (!isError(error)) return undefined;
  const code = readString(error, 'code') ?? '';
  const words = wordsIn(error);
  if (code === 'REQUEST_TIMEOUT' && words.includes('AbortError')) return { type: 'CANCELLED' };
  const ofSdk = SDK_CODES.get(code);
  if (ofSdk !== undefined) return ofSdk;
  if (words === 'Not connected') return NOT_SENT;
  // The name is "Error" in v1: only the class tells.
  const isUnauthorized =
    readString(read(error, 'constructor'), 'name') === 'UnauthorizedError' ||
    readString(error, 'name') === 'UnauthorizedError';
  if (isUnauthorized) return REFUSED;
  // A server that is a process: what cannot be started now cannot be started again either.
  const isSpawn = readString(error, 'syscall')?.startsWith('spawn') === true;
  if (isSpawn && ['ENOENT', 'EACCES'].includes(code)) return REFUSED;
  // v1's SSE transport keeps of a failed connection its words alone.
  if (words.startsWith('SSE error: ')) return NEVER_SENT.test(words) ? NOT_SENT : BROKEN_OFF;
  // v1: the answer was not JSON but, say, a page.
  return readCode(error, 'code') === -1 ? BROKEN_OFF : undefined;
}
