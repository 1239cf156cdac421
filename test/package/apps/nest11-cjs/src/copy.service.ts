import { Injectable } from '@nestjs/common';
import { AiModelError, currentAttempt, Retryable, TokenExpiredError } from 'nestjs-retryable';

export interface Copy {
  headline: string;
}

/** Writes ad copy with an AI model behind HTTP. */
@Injectable()
export class CopyService {
  @Retryable({ context: 'write_copy', platform: 'gemini' })
  write(topic: string): Promise<Copy> {
    return this.ask(topic);
  }

  @Retryable({ context: 'write_draft', platform: 'gemini', maxRetries: 0 })
  async writeDraft(topic: string): Promise<Copy> {
    return this.ask(topic);
  }

  private async ask(topic: string): Promise<Copy> {
    const response = await fetch(`${process.env.UPSTREAM_URL}/copy/${topic}`, {
      signal: currentAttempt()?.signal ?? null,
    });
    if (response.status === 401) throw new TokenExpiredError('gemini');
    if (!response.ok) throw new AiModelError({ details: { status_code: response.status } });
    return (await response.json()) as Copy;
  }
}
