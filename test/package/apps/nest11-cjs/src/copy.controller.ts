import { Controller, Get, Param } from '@nestjs/common';
import { Copy, CopyService } from './copy.service';

@Controller('copy')
export class CopyController {
  constructor(private readonly service: CopyService) {}

  @Get(':topic')
  write(@Param('topic') topic: string): Promise<Copy> {
    return this.service.writeDraft(topic);
  }
}
