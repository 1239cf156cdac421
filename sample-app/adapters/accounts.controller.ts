import { Controller, Get, Param } from '@nestjs/common';
import type { AdSetPerformance } from './ad-platform.js';
import { Fields } from '../http/fields.js';
import { PlatformRouter } from './platform-router.js';

@Controller('accounts/:platform/:account')
export class AccountsController {
  constructor(private readonly platforms: PlatformRouter) {}

  @Get('ad-sets')
  adSets(@Param() params: unknown): Promise<AdSetPerformance[]> {
    const { platform, account } = Fields.read(params, (fields) => ({
      platform: fields.text('platform'),
      account: fields.id('account'),
    }));
    return this.platforms.of(platform).listAdSets(account);
  }
}
