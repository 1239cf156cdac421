import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { Fields } from '../http/fields.js';
import { Info, type RequestInfo, type StatusSetter } from '../http/request-info.js';
import { BudgetOptimizer, type OptimizationResult } from './budget-optimizer.js';

@Controller('budget')
export class BudgetController {
  constructor(private readonly optimizer: BudgetOptimizer) {}

  @Post('optimize')
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
