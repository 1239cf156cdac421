import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { Fields } from '../http/fields.js';
import { Info, type RequestInfo, type StatusSetter } from '../http/request-info.js';
import { readRule } from './rule.js';
import { RuleEngine, type RuleResult } from './rule-engine.js';

@Controller('rules')
export class RulesController {
  constructor(private readonly engine: RuleEngine) {}

  /** 200 where every action was done, 207 where one was not. */
  @Post('run')
  async run(
    @Body() body: unknown,
    @Info() info: RequestInfo,
    @Res({ passthrough: true }) response: StatusSetter,
  ): Promise<{ results: RuleResult[] }> {
    const run = Fields.read(body, (fields) => ({
      platform: fields.text('platform'),
      account: fields.id('account'),
      rules: fields.list('rules', readRule),
    }));
    const results = await this.engine.run(run, info);
    const failed = results.some(({ status }) => status.endsWith('failed'));
    response.status(failed ? HttpStatus.MULTI_STATUS : HttpStatus.OK);
    return { results };
  }
}
