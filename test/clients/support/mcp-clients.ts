import * as v2 from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as TransportV1 } from '@modelcontextprotocol/sdk/shared/transport.js';

/** Where a server is, and how it is talked to. */
export type Target =
  | { readonly http: string; readonly authProvider?: v2.OAuthClientProvider }
  | { readonly sse: string }
  | { readonly command: string; readonly args?: string[] };

export interface CallOptions {
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** A client that has introduced itself to its server. */
export interface Connection {
  callTool(name: string, options?: CallOptions): Promise<unknown>;
  close(): Promise<void>;
}

export type Connect = (target: Target) => Promise<Connection>;

const info = { name: 'client', version: '1.0.0' };

/** The clients of both packages; the calls differ by an argument. */
export const CLIENTS: Readonly<Record<string, Connect>> = {
  '@modelcontextprotocol/sdk': async (target) => {
    const client = new ClientV1(info);
    await client.connect(transportOf(target, HttpV1, SseV1, StdioV1) as TransportV1);
    return {
      callTool: (name, options) => client.callTool({ name, arguments: {} }, undefined, options),
      close: () => client.close(),
    };
  },
  '@modelcontextprotocol/client': async (target) => {
    const client = new v2.Client(info);
    const { StreamableHTTPClientTransport: Http, SSEClientTransport: Sse } = v2;
    await client.connect(transportOf(target, Http, Sse, StdioV2) as v2.Transport);
    return {
      callTool: (name, options) => client.callTool({ name, arguments: {} }, options),
      close: () => client.close(),
    };
  },
};

function transportOf(
  target: Target,
  Http: new (url: URL, options: { authProvider?: v2.OAuthClientProvider }) => unknown,
  Sse: new (url: URL) => unknown,
  Stdio: new (server: { command: string; args?: string[]; stderr: 'ignore' }) => unknown,
): unknown {
  if ('command' in target) return new Stdio({ ...target, stderr: 'ignore' });
  if ('sse' in target) return new Sse(new URL(target.sse));
  const { http, ...options } = target;
  return new Http(new URL(http), options);
}
