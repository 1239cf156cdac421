import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ApiPlatformErrors } from '../adapters/api-platform-errors.js';
import { ApiExample } from '../http/api-example.js';
import { Fields } from '../http/fields.js';
import { Info, type RequestInfo, type StatusSetter } from '../http/request-info.js';
import { AbTestManager, type AbTestResult } from './ab-test-manager.js';

@Controller('ab-tests')
export class AbTestsController {
  constructor(private readonly abTests: AbTestManager) {}

  @Post('evaluate')
  @ApiExample({ platform: 'meta', account: 'shop', ad_a: 'shop:ad-1', ad_b: 'shop:ad-2' })
  @ApiResponse({ status: 200, description: 'One is better, or none' })
  @ApiResponse({ status: 207, description: 'One of the two could not be read' })
  @ApiPlatformErrors('adPerformance')
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
