import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ApiPlatformErrors } from '../adapters/api-platform-errors.js';
import { ApiExample } from '../http/api-example.js';
import { Fields } from '../http/fields.js';
import { Info, type RequestInfo, type StatusSetter } from '../http/request-info.js';
import { BudgetOptimizer, type OptimizationResult } from './budget-optimizer.js';

@Controller('budget')
export class BudgetController {
  constructor(private readonly optimizer: BudgetOptimizer) {}

  @Post('optimize')
  @ApiExample({ platform: 'tiktok', account: 'shop' })
  @ApiResponse({ status: 200, description: 'Every change was made, or none was needed' })
  @ApiResponse({ status: 207, description: 'Some changes were made' })
  @ApiPlatformErrors('listAdSets')
  async optimize(
    @Body() body: unknown,
    @Info() info: RequestInfo,
    @Res({ passthrough: true }) response: StatusSetter,
  ): Promise<OptimizationResult> {
    const account = Fields.read(body, (fields) => ({
      platform: fields.text('platform'),
      account: fields.id('account'),
    }));
    const result = await this.optimizer.optimize(account, info);
    response.status(result.status === 'partial' ? HttpStatus.MULTI_STATUS : HttpStatus.OK);
    return result;
  }
}
