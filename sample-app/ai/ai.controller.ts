import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { ApiErrorResponses } from 'nestjs-retryable/swagger';
import { ApiExample } from '../http/api-example.js';
import { Fields } from '../http/fields.js';
import { CopyWriter, type AdCopy } from './copy-writer.js';

@Controller('copy')
export class AiController {
  constructor(private readonly writer: CopyWriter) {}

  @Post()
  @HttpCode(200)
  @ApiExample({ account: 'shop', product: 'a blue dress' })
  @ApiOkResponse({ description: 'A headline and a text' })
  @ApiErrorResponses(CopyWriter, 'write')
  write(@Body() body: unknown): Promise<AdCopy> {
    const { account, product } = Fields.read(body, (fields) => ({
      account: fields.id('account'),
      product: fields.text('product'),
    }));
    return this.writer.write(account, product);
  }
}
