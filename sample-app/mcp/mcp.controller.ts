import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiParam } from '@nestjs/swagger';
import { Retryable } from 'nestjs-retryable';
import { ApiErrorResponses } from 'nestjs-retryable/swagger';
import { ApiExample } from '../http/api-example.js';
import { Fields } from '../http/fields.js';
import { McpClient, type Tool } from './mcp.client.js';

interface AccountParam {
  readonly account: string;
}

@Controller('mcp/:account/tools')
@ApiParam({ name: 'account', schema: { type: 'string', example: 'shop' } })
@ApiErrorResponses({ types: ['VALIDATION_ERROR'] })
export class McpController {
  constructor(private readonly mcp: McpClient) {}

  // On a route handler the attempts also end when the client has gone.
  @Get()
  @ApiOkResponse({ description: 'The tools of the server' })
  @ApiErrorResponses()
  @Retryable({
    context: 'list_mcp_tools',
    platform: 'mcp',
    key: ({ account }: AccountParam) => account,
  })
  async list(@Param() params: AccountParam): Promise<Tool[]> {
    const account = Fields.read(params, (fields) => fields.id('account'));
    return this.mcp.listTools(account);
  }

  @Post(':tool')
  @HttpCode(200)
  @ApiParam({ name: 'tool', schema: { type: 'string', example: 'audience_size' } })
  @ApiExample({ interest: 'dresses' })
  @ApiOkResponse({ description: 'What the tool says' })
  @ApiErrorResponses(McpClient, 'callTool')
  async call(@Param() params: unknown, @Body() args: unknown): Promise<{ texts: string[] }> {
    const { account, tool } = Fields.read(params, (fields) => ({
      account: fields.id('account'),
      tool: fields.id('tool'),
    }));
    return { texts: await this.mcp.callTool(account, tool, args) };
  }
}
