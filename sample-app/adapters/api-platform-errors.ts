import { applyDecorators } from '@nestjs/common';
import { ApiErrorResponses } from 'nestjs-retryable/swagger';
import type { AdPlatform } from './ad-platform.js';
import { GoogleAdapter } from './google.adapter.js';
import { MetaAdapter } from './meta.adapter.js';
import { TikTokAdapter } from './tiktok.adapter.js';

/** Documents what a method of the platforms can fail with, whichever of them is called. */
export function ApiPlatformErrors(method: Exclude<keyof AdPlatform, 'setDailyBudget'>) {
  return applyDecorators(
    ApiErrorResponses(MetaAdapter, method),
    ApiErrorResponses(TikTokAdapter, method),
    ApiErrorResponses(GoogleAdapter, method),
  );
}
