import { describe, expect, it } from 'vitest';
import { SDK_CODES } from '../../lib/classify/mcp.js';
import { OAUTH, REASONS, STATUSES } from '../../lib/classify/google-ads.js';
import { OTHERS, ROWS } from '../../lib/classify/google-ads-failure.js';
import { CODES as META_CODES, SUBCODES } from '../../lib/classify/meta.js';
import { CODES as NETWORK_CODES } from '../../lib/classify/network.js';
import { CODES as TIKTOK_CODES } from '../../lib/classify/tiktok.js';
import { classifyError, type ErrorHint, type KnownErrorType } from '../../lib/index.js';
import { CATALOG } from '../../lib/response/error-catalog.js';
import { markdown, tablesIn } from '../support/markdown.js';
import * as samples from './platform-samples.js';

type Rows = readonly (readonly string[])[];
type Errors = (cell: string) => unknown[];

/** The rows of the only table of a page whose head begins so. */
function rowsOf(page: string, ...head: string[]): Rows {
  const [rows = [], ...others] = tablesIn(markdown(`docs/platforms/${page}.md`), ...head);
  expect([rows.length > 0, others]).toEqual([true, []]);
  return rows;
}

const yesNo = (value: boolean) => (value ? 'yes' : 'no');

function answer(error: unknown, hint: ErrorHint): string[] {
  const known = classifyError(error, hint);
  if (known === undefined) return ['not recognised'];
  const { httpStatus } = CATALOG[known.type as KnownErrorType];
  const { type, retryable, mayHaveExecuted } = known;
  return [type, yesNo(retryable), yesNo(mayHaveExecuted), String(httpStatus)];
}

/** The last four cells of each row are what the code makes of each of its errors. */
function expectTruth(platform: string, rows: Rows, errorsOf: Errors): void {
  for (const [cell = '', ...rest] of rows) {
    const errors = errorsOf(cell);
    expect(errors, `errors for the row "${cell}"`).not.toEqual([]);
    for (const error of errors) {
      expect([cell, ...answer(error, { platform })]).toEqual([cell, ...rest.slice(-4)]);
    }
  }
}

/** The errors of the one entry that the cell begins with. */
function listed(entries: Readonly<Record<string, () => unknown[]>>): Errors {
  return (cell) => {
    const found = Object.keys(entries).filter((beginning) => cell.startsWith(beginning));
    return found.length === 1 ? (entries[found[0] ?? '']?.() ?? []) : [];
  };
}

function firstCells(rows: Rows): string {
  return rows.map(([cell]) => cell).join(', ');
}

function isCovered(number: number, rows: Rows, part: 'code' | 'subcode'): boolean {
  return samples
    .codesIn(firstCells(rows))
    .some(
      ({ [part]: first, last }) =>
        first !== undefined && number >= first && number <= (last ?? first),
    );
}

describe('the tables of platforms', () => {
  it('say what becomes of the codes of Meta', () => {
    const rows = rowsOf('meta', 'code', 'what Meta says');
    expectTruth('meta', rows, samples.metaErrors);
    const ofCodes = [...META_CODES.keys()].filter((code) => !isCovered(code, rows, 'code'));
    const ofSubcodes = [...SUBCODES.keys()].filter((code) => !isCovered(code, rows, 'subcode'));
    expect([ofCodes, ofSubcodes]).toEqual([[], []]);
  });

  it('say what becomes of the codes of TikTok', () => {
    const rows = rowsOf('tiktok', 'code', 'what TikTok says');
    // The lines for single codes win over those of the ranges around them.
    expectTruth('tiktok', rows, samples.tiktokErrors);
    expect([...TIKTOK_CODES.keys()].filter((code) => !isListed(code, rows))).toEqual([]);
  });

  it('say what becomes of the failures of Google Ads', () => {
    const rows = rowsOf('google-ads', 'failure');
    expectTruth('google', rows, samples.googleAdsFailures);
    const named = ROWS.flatMap(([category, , names]) =>
      Object.keys(names).map((name) => `${category}.${name}`),
    );
    expect(samples.failuresIn(firstCells(rows.filter(([cell]) => !cell?.includes('"'))))).toEqual(
      expect.arrayContaining([...named, ...OTHERS.keys()]),
    );
  });

  it.each([
    ['error', samples.oauthErrors, OAUTH],
    ['reason', samples.googleReasons, REASONS],
    ['status', samples.rpcStatuses, STATUSES],
  ] as const)('say what becomes of Google’s %s', (head, errorsOf, all) => {
    const rows = rowsOf('google-ads', head);
    expectTruth('google', rows, errorsOf);
    expect(samples.namesIn(firstCells(rows)).toSorted()).toEqual([...all.keys()].toSorted());
  });

  it('say what becomes of what Gemini says', () => {
    const rows = rowsOf('gemini', 'what Gemini or its SDK says');
    expectTruth('gemini', rows, listed(samples.GEMINI_ERRORS));
    expect(rows.length).toBe(Object.keys(samples.GEMINI_ERRORS).length);
    const words = firstCells(rows);
    expect([...STATUSES.keys()].filter((status) => !words.includes(status))).toEqual([]);
  });

  it('say what becomes of what MCP says', () => {
    const rows = [
      ...rowsOf('mcp', 'what the server or the client says'),
      ...rowsOf('mcp', 'what the transport says'),
    ];
    expectTruth('mcp', rows, listed(samples.MCP_ERRORS));
    expect(rows.length).toBe(Object.keys(samples.MCP_ERRORS).length);
    const codes = rowsOf('mcp', 'code');
    expectTruth('mcp', codes, samples.mcpCodes);
    expect(samples.namesIn(firstCells(codes)).toSorted()).toEqual([...SDK_CODES.keys()].toSorted());
  });
});

/** TikTok's single codes have a row of their own, also where a range of others is around them. */
function isListed(number: number, rows: Rows): boolean {
  return samples
    .codesIn(firstCells(rows))
    .some(({ code, last }) => code === number && last === undefined);
}

describe('the tables of any upstream', () => {
  const HINTS: readonly ErrorHint[] = [
    {},
    { platform: 'another' },
    { platform: 'gemini' },
    { platform: 'mcp' },
  ];

  function expectFamilies(rows: Rows, errorsOf: Errors): void {
    for (const [cell = '', ...rest] of rows) {
      const [retried, happened] = rest.slice(-2);
      for (const error of errorsOf(cell)) {
        for (const [column, hint] of HINTS.entries()) {
          const [type, ...facts] = answer(error, hint);
          expect([cell, type]).toEqual([cell, rest[column]]);
          if (facts.length > 0)
            expect([cell, ...facts.slice(0, 2)]).toEqual([cell, retried, happened]);
        }
      }
    }
  }

  it('say what becomes of an HTTP status', () => {
    const rows = rowsOf('any', 'status');
    expectFamilies(rows, samples.httpAnswers);
    const statuses = Array.from({ length: 200 }, (_, index) => 400 + index);
    const recognised = statuses.filter((status) => {
      const [error] = samples.httpAnswers(String(status));
      return classifyError(error) !== undefined;
    });
    expect(recognised.filter((status) => !isCovered(status, rows, 'code'))).toEqual([]);
  });

  it('say what becomes of a code of the network', () => {
    const rows = rowsOf('any', 'code');
    const [timeLimit] = rowsOf('any', 'status').filter(([cell]) => cell === '408');
    const types: Readonly<Record<string, readonly string[]>> = {
      connection: [
        'CONNECTION_FAILED',
        'CONNECTION_FAILED',
        'AI_MODEL_FAILED',
        'MCP_CONNECTION_ERROR',
      ],
      'time limit': timeLimit?.slice(1, 5) ?? [],
      cancellation: HINTS.map(() => 'CANCELLED'),
    };
    const ofFamilies = rows.map(([code = '', , kind = '', ...facts]) => [
      code,
      ...(types[kind] ?? []),
      ...facts,
    ]);
    expectFamilies(ofFamilies, samples.networkErrors);
    expect(samples.namesIn(firstCells(rows)).toSorted()).toEqual(
      Object.keys(NETWORK_CODES).toSorted(),
    );
  });
});
