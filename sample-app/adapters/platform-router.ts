import { Injectable } from '@nestjs/common';
import { ValidationError } from 'nestjs-retryable';
import type { AdPlatform } from './ad-platform.js';
import { GoogleAdapter } from './google.adapter.js';
import { MetaAdapter } from './meta.adapter.js';
import { TikTokAdapter } from './tiktok.adapter.js';

/** Finds the adapter of a platform by its name. */
@Injectable()
export class PlatformRouter {
  private readonly platforms: ReadonlyMap<string, AdPlatform>;

  constructor(meta: MetaAdapter, tiktok: TikTokAdapter, google: GoogleAdapter) {
    this.platforms = new Map<string, AdPlatform>([
      ['meta', meta],
      ['tiktok', tiktok],
      ['google', google],
    ]);
  }

  /** @throws ValidationError for a platform that this application does not serve */
  of(name: string): AdPlatform {
    const platform = this.platforms.get(name);
    if (platform !== undefined) return platform;
    const served = [...this.platforms.keys()].join(', ');
    throw new ValidationError({ field: 'platform', errors: [`must be one of ${served}`] });
  }
}
