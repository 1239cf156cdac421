import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classifyError,
  constant,
  createErrorResponse,
  retryReport,
  RetryStrategy,
} from '../../../lib/index.js';
import { describeError, stackOf } from '../../../lib/errors/describe-error.js';
import { OperationLogger } from '../../../lib/operation-logger.js';
import { RetryRuntime } from '../../../lib/retry/retry-runtime.js';
import { failureOf, rejectWith } from '../../support/calls.js';
import { THROWN } from './secret-places.js';
import { leakOf, secrets } from './secrets.js';

/** A logger and the lines that it has written, as nestjs-pino would print them. */
function captured() {
  const lines: string[] = [];
  const print = (fields: object, msg: string) => lines.push(JSON.stringify({ ...fields, msg }));
  const logger = new OperationLogger();
  logger.writeTo({ info: print, warn: print, error: print });
  return { logger, lines };
}

/** Names of what was called; a platform may be a function of the arguments. */
interface Names {
  readonly context: string;
  readonly platform: string | undefined;
}

/** All that is printed or answered when a call fails again and again with an error. */
async function shownOf(thrown: unknown, { context, platform }: Names): Promise<string> {
  const { logger, lines } = captured();
  const strategy = new RetryStrategy(new RetryRuntime({}, logger));
  let failures = 0;
  const failed = strategy.retryWithBackoff(() => rejectWith(thrown), {
    context,
    platform,
    backoff: constant(0),
    retryOn: () => {
      if (++failures === 2) throw thrown;
      return true;
    },
  });
  const error = await failureOf(failed);
  for (const each of [error, thrown]) {
    const known = classifyError(each, { platform });
    logger.errorAnswered({ context, platform, retries: 0 }, each, known);
    lines.push(stackOf(each) ?? '', JSON.stringify(describeError(each)));
    lines.push(JSON.stringify(retryReport(each) ?? ''));
    for (const locale of ['zh-CN', 'en']) {
      lines.push(JSON.stringify(createErrorResponse({ error: each, context, platform, locale })));
    }
  }
  return lines.join('\n');
}

describe('a secret never reaches a line of the log or a response', () => {
  it.each(Object.entries(THROWN))('though it is in %s', async (_, thrown) => {
    const platform = fc.constantFrom(undefined, 'meta', 'tiktok', 'google', 'gemini', 'mcp');
    await fc.assert(
      fc.asyncProperty(secrets, platform, async (secret, platform) => {
        const shown = await shownOf(thrown(secret), { context: 'create_campaign', platform });
        expect(leakOf(secret, shown)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it('though it is in the names of what was called', async () => {
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        const names = { context: `Ledger.${secret}`, platform: secret };
        expect(leakOf(secret, await shownOf(new Error('x'), names))).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});

describe('what helps to find the fault', () => {
  it('is still there', async () => {
    const thrown = Object.assign(new TypeError('Campaign act_1234567890 has no budget'), {
      code: 'ECONNRESET',
    });
    const shown = await shownOf(thrown, { context: 'CampaignManager.create', platform: 'meta' });
    expect(shown).toContain('"error_type":"TypeError"');
    expect(shown).toContain('Campaign act_1234567890 has no budget');
    expect(shown).toContain('"context":"CampaignManager.create"');
    expect(shown).toContain('CONNECTION_FAILED');
    expect(shown).toContain('secrets.spec.ts');
  });
});
