import { Injectable } from '@nestjs/common';
import { AiModelError, Retryable } from 'nestjs-retryable';
import { exchange } from '../http/exchange.js';
import { Settings } from '../settings.js';
import { geminiError } from './gemini.errors.js';

export interface AdCopy {
  readonly headline: string;
  readonly text: string;
}

interface GeneratedContent {
  readonly candidates?: { readonly content: { readonly parts: [{ readonly text: string }] } }[];
  readonly promptFeedback?: { readonly blockReason?: string };
}

/** Has Gemini write the words of an ad. */
@Injectable()
export class CopyWriter {
  constructor(private readonly settings: Settings) {}

  @Retryable({ context: 'generate_ad_copy', platform: 'gemini' })
  async write(account: string, product: string): Promise<AdCopy> {
    const reply = await exchange({
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
    const error = geminiError(reply);
    if (error !== undefined) throw error;
    return copyOf(reply.body as GeneratedContent);
  }
}

function copyOf({ candidates, promptFeedback }: GeneratedContent): AdCopy {
  const text = candidates?.[0]?.content.parts[0].text;
  if (text !== undefined) return JSON.parse(text) as AdCopy;
  // A prompt that was blocked is HTTP 200, and will be blocked again.
  throw new AiModelError({
    retryable: false,
    details: { reason: promptFeedback?.blockReason },
  });
}
