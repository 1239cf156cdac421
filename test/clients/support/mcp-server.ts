import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json as jsonOf } from 'node:stream/consumers';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, McpError } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { Reply } from './http-server.js';

/** A server of MCP on the loopback interface. */
export interface McpHttpServer {
  /** The address of a server of tools, or of one that is below them. */
  url(kind?: 'tools' | 'low'): string;
  /** What calls of tools get in place of the server's answer; without a reply, they are answered again. */
  answerWith(reply?: Reply): void;
  close(): Promise<void>;
}

const info = { name: 'loopback', version: '1.0.0' };

export async function startMcpServer(): Promise<McpHttpServer> {
  let reply: Reply | undefined;
  const server = createServer((request, response) => void handle(request, response));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const message = (await jsonOf(request)) as { method?: string };
    if (message.method === 'tools/call' && reply) return void reply(response, '');
    const mcp = request.url === '/low' ? lowServer() : toolServer();
    const transport = new StreamableHTTPServerTransport();
    await mcp.connect(transport);
    await transport.handleRequest(request, response, message);
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: (kind = 'tools') => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${kind}`,
    answerWith: (next) => {
      reply = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

const said = (text: string) => ({ content: [{ type: 'text' as const, text }] });

function toolServer(): McpServer {
  const server = new McpServer(info);
  server.registerTool('good', {}, () => said('done'));
  server.registerTool('failing', {}, () => ({ ...said('The campaign is paused'), isError: true }));
  server.registerTool('throwing', {}, () => {
    throw new Error('boom');
  });
  server.registerTool('misled', {}, () => {
    throw new Error('Tool pause_campaign not found');
  });
  server.registerTool('strict', { inputSchema: { budget: z.number() } }, () => said('done'));
  server.registerTool('lying', { outputSchema: { id: z.string() } }, () => said('done'));
  server.registerTool('disabled', {}, () => said('done')).disable();
  return server;
}

/** The server below McpServer, which makes JSON-RPC errors of what its handlers throw. */
function lowServer(): Server {
  const server = new Server(info, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, ({ params: { name } }) => {
    const code = Number(name);
    throw Number.isNaN(code) ? new Error('boom') : new McpError(code, 'words');
  });
  return server;
}
