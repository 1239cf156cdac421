import { Injectable } from '@nestjs/common';
import { currentAttempt, McpToolError, Retryable } from 'nestjs-retryable';

export interface ToolResult {
  text: string;
}

/** Calls the tools of an MCP server behind HTTP. */
@Injectable()
export class ToolsService {
  @Retryable({ context: 'call_tool', platform: 'mcp' })
  async call(name: string): Promise<ToolResult> {
    const response = await fetch(`${process.env.UPSTREAM_URL}/tools/${name}`, {
      signal: currentAttempt()?.signal ?? null,
    });
    if (!response.ok) throw new McpToolError({ details: { status_code: response.status } });
    return (await response.json()) as ToolResult;
  }
}
