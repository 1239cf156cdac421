import { Injectable } from '@nestjs/common';
import { Retryable } from 'nestjs-retryable';
import { ApiError, exchange } from '../http/exchange.js';
import { Settings } from '../settings.js';

export interface AdCopy {
  readonly headline: string;
  readonly text: string;
}

interface GeneratedContent {
  readonly candidates?: { readonly content: { readonly parts: [{ readonly text: string }] } }[];
}

/** Has Gemini write the words of an ad. */
@Injectable()
export class CopyWriter {
  constructor(private readonly settings: Settings) {}

  // The account pays: its limits are no other's.
  @Retryable({
    context: 'generate_ad_copy',
    platform: 'gemini',
    key: (account: string) => account,
  })
  async write(account: string, product: string): Promise<AdCopy> {
    const answer = await exchange<GeneratedContent>({
      method: 'POST',
      url: `${this.settings.platformsUrl}/gemini/v1beta/models/gemini-2.5-flash:generateContent`,
      headers: {
        'x-goog-api-key': this.settings.accessToken,
        'x-goog-user-project': account, // whose quota is used
      },
      body: {
        contents: [{ parts: [{ text: `A headline and a text for an ad: ${product}` }] }],
        generationConfig: { responseMimeType: 'application/json' },
      },
    });
    const text = answer.candidates?.[0]?.content.parts[0].text;
    if (text === undefined) throw new ApiError(answer); // a prompt that was blocked is HTTP 200
    return JSON.parse(text) as AdCopy;
  }
}
