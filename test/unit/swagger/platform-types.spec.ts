import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { timeLimitError } from '../../../lib/classify/classify-error.js';
import * as findings from '../../../lib/classify/finding.js';
import { classifyError, type ErrorHint } from '../../../lib/index.js';
import { TYPES_OF_PLATFORM, typesOfPlatform } from '../../../lib/swagger/platform-types.js';

/** Where it is written what a platform says. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  meta: ['meta'],
  tiktok: ['tiktok'],
  google: ['google-ads', 'google-ads-failure', 'google-ads-trailer', 'google-rpc'],
  mcp: ['mcp'],
  gemini: ['gemini', 'google-rpc'],
};

/** The types that a classifier names: by themselves, and by the findings that several share. */
function typesInSource(name: string): string[] {
  const source = readFileSync(new URL(`../../../lib/classify/${name}.ts`, import.meta.url), 'utf8');
  const own = [...source.matchAll(/\btype: '([A-Z_]+)'/g)].map(([, type = '']) => type);
  const shared = Object.entries(findings).flatMap(([constant, finding]) => {
    const isUsed = new RegExp(`\\b(?<!['.])${constant}\\b(?!')`).test(source);
    return isUsed && typeof finding === 'object' ? [finding.type] : [];
  });
  return [...own, ...shared];
}

/** The types of what any API can do: every status, no connection, a limit that is reached. */
function typesOfAnyApi(hint: ErrorHint): string[] {
  const statuses = Array.from({ length: 200 }, (_, index) => 400 + index);
  const failures = [
    ...statuses.map((status) => Object.assign(new Error(), { response: { status, headers: {} } })),
    ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ERR_NETWORK', 'EPROTO'].map((code) =>
      Object.assign(new Error(), { code }),
    ),
  ];
  const known = failures.map((failure) => classifyError(failure, hint));
  return [...known, timeLimitError(hint, 1)].flatMap((error) => error?.type ?? []);
}

/** Who has cancelled a call does not wait for its answer. */
const sorted = (types: Iterable<string>) =>
  [...new Set(types)].filter((type) => type !== 'CANCELLED').toSorted();

describe('the table of what a platform can give', () => {
  it.each(Object.entries(SOURCES))('is that of the classifier: %s', (platform, names) => {
    const said = names.flatMap(typesInSource);
    expect(said.length).toBeGreaterThan(1);
    expect(sorted(typesOfPlatform(platform))).toEqual(
      sorted([...said, ...typesOfAnyApi({ platform })]),
    );
  });

  it.each<[string, ErrorHint]>([
    ['another platform', { platform: 'ledger' }],
    ['no platform', {}],
    ['the generation of texts', { operation: 'ai_generation' }],
  ])('is that of HTTP and the network: %s', (_, { platform, operation }) => {
    const types = typesOfPlatform(platform, operation);
    expect(sorted(types)).toEqual(sorted(typesOfAnyApi({ platform, operation })));
  });

  it('takes a call of MCP without a platform for one of that', () => {
    expect(typesOfPlatform(undefined, 'mcp_call')).toEqual(typesOfPlatform('mcp'));
  });

  it('has every platform that the classifiers know, each type once', () => {
    expect([...TYPES_OF_PLATFORM.keys()]).toEqual(Object.keys(SOURCES));
    for (const types of TYPES_OF_PLATFORM.values()) expect(new Set(types).size).toBe(types.length);
  });
});
