import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { McpToolError, Retryable } from 'nestjs-retryable';
import { exchange, HttpStatusError } from '../http/exchange.js';
import { Settings } from '../settings.js';

export interface Tool {
  readonly name: string;
  readonly description: string;
}

interface ToolResult {
  readonly content: { readonly type: 'text'; readonly text: string }[];
  readonly isError?: boolean;
}

interface JsonRpcAnswer<T> {
  readonly result?: T;
  readonly error?: { readonly code: number; readonly message: string };
}

/** An MCP server over HTTP: JSON-RPC, one message a request. */
@Injectable()
export class McpClient {
  constructor(private readonly settings: Settings) {}

  /** Not retried here: the route that offers it is. */
  async listTools(account: string): Promise<Tool[]> {
    return (await this.request<{ tools: Tool[] }>('tools/list', account, {})).tools;
  }

  // Nobody knows what a tool does, and a call whose answer is lost may have done it: called once.
  @Retryable({ context: 'call_mcp_tool', platform: 'mcp', maxRetries: 0 })
  async callTool(account: string, name: string, args: unknown): Promise<string[]> {
    const result = await this.request<ToolResult>('tools/call', account, {
      name,
      arguments: args,
    });
    const texts = result.content.map(({ text }) => text);
    // To JSON-RPC that is a success.
    if (result.isError === true) throw new McpToolError({ message: texts.join(' ') });
    return texts;
  }

  private async request<T>(method: string, account: string, params: object): Promise<T> {
    const { status, headers, body } = await exchange({
      method: 'POST',
      url: `${this.settings.platformsUrl}/mcp`,
      headers: { accept: 'application/json, text/event-stream' },
      body: {
        jsonrpc: '2.0',
        id: randomUUID(),
        method,
        params: { ...params, _meta: { account } },
      },
    });
    const { result, error } = body as JsonRpcAnswer<T>;
    if (result !== undefined) return result;
    if (error === undefined) throw new HttpStatusError(status, headers);
    throw new McpToolError({
      message: error.message,
      mayHaveExecuted: false,
      details: { platform_code: error.code },
    });
  }
}
