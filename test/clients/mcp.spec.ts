import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { classifyError, retryWithBackoff } from '../../lib/index.js';
import { failureOf } from '../support/calls.js';
import { closedPort } from '../unit/classify/loopback.js';
import { CANCELLED } from '../unit/classify/verdict.js';
import {
  half,
  hang,
  json,
  page,
  reset,
  startHttpServer,
  text,
  type HttpServer,
  type Reply,
} from './support/http-server.js';
import { CLIENTS, type Connection } from './support/mcp-clients.js';
import { startMcpServer, type McpHttpServer } from './support/mcp-server.js';
import { expectVerdict, THROTTLED, type Expected, type Verdict } from './support/verdict.js';

const BROKEN_OFF: Verdict = ['MCP_CONNECTION_ERROR', 'again', 'may have executed'];
const NOT_SENT: Verdict = ['MCP_CONNECTION_ERROR', 'again', 'not executed'];
const REFUSED: Verdict = ['MCP_CONNECTION_ERROR', 'final', 'not executed'];
const TIMED_OUT: Verdict = ['MCP_TIMEOUT', 'again', 'may have executed'];
const TOOL_FAILED: Verdict = ['MCP_TOOL_ERROR', 'final', 'may have executed'];
const TOOL_BROKE: Verdict = ['MCP_TOOL_ERROR', 'again', 'may have executed'];
const TOOL_NOT_RUN: Verdict = ['MCP_TOOL_ERROR', 'final', 'not executed'];

let server: McpHttpServer;
let stranger: HttpServer;

beforeAll(async () => {
  [server, stranger] = await Promise.all([startMcpServer(), startHttpServer()]);
});

afterAll(() => Promise.all([server.close(), stranger.close()]));

const jsonRpcError = (code: number, message: string) => ({
  jsonrpc: '2.0',
  id: null,
  error: { code, message },
});

describe.each(Object.entries(CLIENTS))('a call of a tool by %s', (_, connect) => {
  let client: Connection;

  beforeEach(async () => {
    server.answerWith();
    client = await connect({ http: server.url() });
  });

  afterEach(() => client.close());

  const failed = (reply: Reply) => {
    server.answerWith(reply);
    return failureOf(client.callTool('good'));
  };

  it.each<readonly [string, string, Expected]>([
    ['a tool that says that it failed', 'failing', TOOL_FAILED],
    ['a tool that throws', 'throwing', TOOL_FAILED],
    ['a tool whose answer is not what it promised', 'lying', TOOL_FAILED],
    ['arguments that are wrong', 'strict', TOOL_NOT_RUN],
    ['a tool that is unknown', 'unknown', TOOL_NOT_RUN],
    ['a tool that is disabled', 'disabled', TOOL_NOT_RUN],
  ])('has a result that is a failure: %s', async (_, tool, verdict) => {
    expectVerdict(await client.callTool(tool), 'mcp', verdict);
    const call = retryWithBackoff(() => client.callTool(tool), { platform: 'mcp' });
    await expect(call).rejects.toMatchObject({ type: 'MCP_TOOL_ERROR' });
  });

  // Only the server's own words have "MCP error -32602" before them.
  it('may have executed where a tool that ran has missed another', async () => {
    expectVerdict(await client.callTool('misled'), 'mcp', TOOL_FAILED);
  });

  it('is none where the tool succeeded', async () => {
    const result = await client.callTool('good');
    expect(classifyError(result, { platform: 'mcp' })).toBeUndefined();
    const call = retryWithBackoff(() => client.callTool('good'), { platform: 'mcp' });
    await expect(call).resolves.toEqual(result);
  });

  it.each<readonly [string, Expected]>([
    ['Error', TOOL_BROKE],
    ['-32603', TOOL_BROKE],
    ['-32602', TOOL_NOT_RUN],
    ['-32601', TOOL_NOT_RUN],
    ['-32600', TOOL_NOT_RUN],
    ['-32700', TOOL_NOT_RUN],
    ['-32002', TOOL_NOT_RUN],
    ['-32050', TOOL_FAILED],
  ])('fails with what a handler of the server throws: %s', async (thrown, verdict) => {
    const low = await connect({ http: server.url('low') });
    expectVerdict(await failureOf(low.callTool(thrown)), 'mcp', verdict);
    await low.close();
  });

  it.each<readonly [string, Reply, Expected]>([
    ['a token that has expired', json(401, { error: 'invalid_token' }), REFUSED],
    ['a permission that is missing', page(403), REFUSED],
    ['a path that does not exist', page(404), REFUSED],
    ['a session that is forgotten', json(404, jsonRpcError(-32001, 'Session not found')), NOT_SENT],
    ['a request without a session', json(400, jsonRpcError(-32000, 'Bad Request')), REFUSED],
    ['a limit', page(429, { 'retry-after': '30' }), THROTTLED],
    ['a page with the status 503', page(503), BROKEN_OFF],
    ['JSON with the status 503', json(503, { message: 'x' }), BROKEN_OFF],
    ['a gateway that timed out', page(504), TIMED_OUT],
    ['a page with the status 200', page(200), BROKEN_OFF],
    ['a connection that is reset', reset, BROKEN_OFF],
    ['an answer that breaks off', half, BROKEN_OFF],
    ['JSON that breaks off', text(200, '{"jsonrpc":'), BROKEN_OFF],
  ])('leaves open what happened, unless it was refused: %s', async (_, reply, verdict) => {
    expectVerdict(await failed(reply), 'mcp', verdict);
  });

  it('is not recognised where the SDK cannot read JSON that is none of MCP', async () => {
    const error = await failed(json(200, { id: 1 }));
    expect(error).toMatchObject({ name: 'ZodError' });
    expect(classifyError(error, { platform: 'mcp' })).toBeUndefined();
  });

  it.each([
    ['does not begin', hang],
    ['breaks off as a stream', text(200, 'data: {"json', { 'content-type': 'text/event-stream' })],
  ])('is a time-out where the answer %s', async (_, reply) => {
    server.answerWith(reply);
    const error = await failureOf(client.callTool('good', { timeout: 50 }));
    expectVerdict(error, 'mcp', TIMED_OUT);
  });

  it('is a cancellation where the caller aborted', async () => {
    server.answerWith(hang);
    const controller = new AbortController();
    const failure = failureOf(client.callTool('good', { signal: controller.signal }));
    setImmediate(() => controller.abort());
    expectVerdict(await failure, 'mcp', CANCELLED);
  });

  it('may have executed where the client is closed meanwhile, but not afterwards', async () => {
    server.answerWith(hang);
    const failure = failureOf(client.callTool('good'));
    setImmediate(() => void client.close());
    expectVerdict(await failure, 'mcp', BROKEN_OFF);
    expectVerdict(await failureOf(client.callTool('good')), 'mcp', NOT_SENT);
  });

  it('has not executed where the server has gone', async () => {
    const gone = await startMcpServer();
    const late = await connect({ http: gone.url() });
    await gone.close();
    expectVerdict(await failureOf(late.callTool('good')), 'mcp', NOT_SENT);
    await late.close();
  });
});

describe.each(Object.entries(CLIENTS))('a connection by %s', (_, connect) => {
  const ANSWERS: readonly (readonly [string, Reply, Expected])[] = [
    ['a token that has expired', json(401, {}), REFUSED],
    ['a path that does not exist', page(404), REFUSED],
    ['a limit', page(429), THROTTLED],
    ['a page with the status 503', page(503), BROKEN_OFF],
    ['a page with the status 200', page(200), BROKEN_OFF],
    ['a connection that is reset', reset, BROKEN_OFF],
  ];

  it.each(ANSWERS)('over HTTP fails: %s', async (_, reply, verdict) => {
    stranger.answerWith(reply);
    expectVerdict(await failureOf(connect({ http: stranger.url })), 'mcp', verdict);
  });

  it.each(ANSWERS)('over SSE fails: %s', async (_, reply, verdict) => {
    stranger.answerWith(reply);
    expectVerdict(await failureOf(connect({ sse: stranger.url })), 'mcp', verdict);
  });

  it('was not made where nobody listens', async () => {
    const nobody = `http://127.0.0.1:${await closedPort()}`;
    expectVerdict(await failureOf(connect({ http: nobody })), 'mcp', NOT_SENT);
    expectVerdict(await failureOf(connect({ sse: nobody })), 'mcp', NOT_SENT);
  });

  it('is refused where a person has to authorise it', async () => {
    stranger.answerWith(json(401, {}));
    const authProvider = {
      redirectUrl: 'http://127.0.0.1/callback',
      clientMetadata: { redirect_uris: ['http://127.0.0.1/callback'] },
      clientInformation: () => ({ client_id: 'id' }),
      tokens: () => undefined,
      saveTokens: () => undefined,
      redirectToAuthorization: () => undefined,
      saveCodeVerifier: () => undefined,
      codeVerifier: () => 'verifier',
    };
    const error = await failureOf(connect({ http: stranger.url, authProvider }));
    expect((error as Error).constructor.name).toBe('UnauthorizedError');
    expectVerdict(error, 'mcp', REFUSED);
  });

  it.each(['/no/such/program', import.meta.dirname])(
    'to a process that cannot be started is refused: %s',
    async (command) => {
      expectVerdict(await failureOf(connect({ command })), 'mcp', REFUSED);
    },
  );

  it('to a process that exits at once breaks off', async () => {
    const args = ['--eval', 'process.exit(1)'];
    const error = await failureOf(connect({ command: process.execPath, args }));
    expectVerdict(error, 'mcp', BROKEN_OFF);
  });

  it('to a process that exits in a call breaks off, and is not there afterwards', async () => {
    const script = fileURLToPath(new URL('support/stdio-server.mjs', import.meta.url));
    const client = await connect({ command: process.execPath, args: [script] });
    expectVerdict(await failureOf(client.callTool('exit')), 'mcp', BROKEN_OFF);
    expectVerdict(await failureOf(client.callTool('exit')), 'mcp', NOT_SENT);
  });
});
