import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { Retryable } from 'nestjs-retryable';
import { Fields } from '../http/fields.js';
import { McpClient, type Tool } from './mcp.client.js';

@Controller('mcp/:account/tools')
export class McpController {
  constructor(private readonly mcp: McpClient) {}

  // On a route handler the attempts also end when the client has gone.
  @Get()
  @Retryable({
    context: 'list_mcp_tools',
    platform: 'mcp',
    key: (account: string) => account,
  })
  async list(@Param('account') account: string): Promise<Tool[]> {
    return this.mcp.listTools(Fields.read({ account }, (fields) => fields.id('account')));
  }

  @Post(':tool')
  @HttpCode(200)
  async call(@Param() params: unknown, @Body() args: unknown): Promise<{ texts: string[] }> {
    const { account, tool } = Fields.read(params, (fields) => ({
      account: fields.id('account'),
      tool: fields.id('tool'),
    }));
    return { texts: await this.mcp.callTool(account, tool, args) };
  }
}
