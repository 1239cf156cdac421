import { Injectable } from '@nestjs/common';
import {
  constant,
  currentAttempt,
  PlatformServiceError,
  Retryable,
  TokenExpiredError,
} from 'nestjs-retryable';

export interface Campaign {
  id: string;
  attempts: number;
}

/** Creates campaigns on an ad platform behind HTTP. */
@Injectable()
export class CampaignsService {
  @Retryable({ context: 'create_campaign', platform: 'meta', backoff: constant(0) })
  async create(name: string): Promise<Campaign> {
    const attempt = currentAttempt();
    const response = await fetch(`${process.env['UPSTREAM_URL']}/campaigns/${name}`, {
      signal: attempt?.signal ?? null,
    });
    if (response.status === 401) throw new TokenExpiredError('meta');
    if (!response.ok) throw new PlatformServiceError('meta', { statusCode: response.status });
    const { id } = (await response.json()) as { id: string };
    return { id, attempts: attempt?.number ?? 0 };
  }
}
