import { describe, expect, it } from 'vitest';
import { ERROR_TYPES, type KnownErrorType } from '../../../lib/errors/error-types.js';
import type { Messages } from '../../../lib/response/error-catalog.js';
import { EN } from '../../../lib/response/messages.en.js';
import { ZH_CN } from '../../../lib/response/messages.zh-CN.js';

const types = Object.keys(ERROR_TYPES) as KnownErrorType[];
const locales: readonly (readonly [string, Messages, RegExp])[] = [
  ['zh-CN', ZH_CN, /\p{Script=Han}/u],
  ['en', EN, /^[A-Z][\x20-\x7e]+$/],
];

describe.each(locales)('the words in %s', (_, messages, language) => {
  it('are there for every type, and for no others', () => {
    expect(Object.keys(messages).toSorted()).toEqual(types.toSorted());
  });

  it.each(types)('say what happened and what to do: %s', (type) => {
    const { message, action } = messages[type];
    expect(message).toMatch(language);
    expect(action).toMatch(language);
    expect(message).not.toBe(action);
    expect(message).not.toMatch(/[A-Z]+_[A-Z]+|undefined|\$\{/);
  });

  it('are different for every type', () => {
    const said = types.map((type) => messages[type].message);
    expect(new Set(said).size).toBe(types.length);
  });
});

describe('the words for an expired token', () => {
  it('are those that were asked for', () => {
    expect(ZH_CN.TOKEN_EXPIRED).toEqual({
      message: '广告账户授权已过期，请重新授权',
      action: '重新授权',
    });
  });
});

describe('where the operation may have happened', () => {
  const open = (
    ['PLATFORM_TIMEOUT', 'PLATFORM_SERVICE_ERROR', 'MCP_TIMEOUT', 'TIMEOUT'] as const
  ).map((type) => [type] as const);

  it.each(open)('a person is told to look before trying again: %s', (type) => {
    expect(ERROR_TYPES[type].mayHaveExecuted).toBe(true);
    expect(ZH_CN[type].action).toContain('确认');
    expect(EN[type].action).toMatch(/check/i);
  });
});
