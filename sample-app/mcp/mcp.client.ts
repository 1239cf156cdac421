import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Retryable } from 'nestjs-retryable';
import { ApiError, exchange } from '../http/exchange.js';
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
    if (result.isError === true) throw new ApiError(result); // to JSON-RPC that is a success
    return result.content.map(({ text }) => text);
  }

  private async request<T>(method: string, account: string, params: object): Promise<T> {
    const answer = await exchange<JsonRpcAnswer<T>>({
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
    if (answer.result === undefined) throw new ApiError(answer);
    return answer.result;
  }
}
