import { Controller, Param, Post } from '@nestjs/common';
import { ToolResult, ToolsService } from './tools.service';

@Controller('tools')
export class ToolsController {
  constructor(private readonly tools: ToolsService) {}

  @Post(':name')
  call(@Param('name') name: string): Promise<ToolResult> {
    return this.tools.call(name);
  }
}
