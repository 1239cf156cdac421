import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { Fields } from '../http/fields.js';
import { Info, type RequestInfo, type StatusSetter } from '../http/request-info.js';
import { AbTestManager, type AbTestResult } from './ab-test-manager.js';

@Controller('ab-tests')
export class AbTestsController {
  constructor(private readonly abTests: AbTestManager) {}

  @Post('evaluate')
  async evaluate(
    @Body() body: unknown,
    @Info() info: RequestInfo,
    @Res({ passthrough: true }) response: StatusSetter,
  ): Promise<AbTestResult> {
    const test = Fields.read(body, (fields) => ({
      platform: fields.text('platform'),
      account: fields.id('account'),
      ads: [fields.id('ad_a'), fields.id('ad_b')] as const,
    }));
    const result = await this.abTests.evaluate(test, info);
    response.status(result.status === 'undecided' ? HttpStatus.MULTI_STATUS : HttpStatus.OK);
    return result;
  }
}
