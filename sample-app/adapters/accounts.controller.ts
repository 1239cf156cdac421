import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiParam } from '@nestjs/swagger';
import type { AdSetPerformance } from './ad-platform.js';
import { ApiPlatformErrors } from './api-platform-errors.js';
import { Fields } from '../http/fields.js';
import { PlatformRouter } from './platform-router.js';

@Controller('accounts/:platform/:account')
export class AccountsController {
  constructor(private readonly platforms: PlatformRouter) {}

  @Get('ad-sets')
  @ApiParam({ name: 'platform', enum: ['meta', 'tiktok', 'google'] })
  @ApiParam({ name: 'account', schema: { type: 'string', example: 'shop' } })
  @ApiOkResponse({ description: 'How its ad sets are doing' })
  @ApiPlatformErrors('listAdSets')
  adSets(@Param() params: unknown): Promise<AdSetPerformance[]> {
    const { platform, account } = Fields.read(params, (fields) => ({
      platform: fields.text('platform'),
      account: fields.id('account'),
    }));
    return this.platforms.of(platform).listAdSets(account);
  }
}
