/** What can be chosen, and the request that plays it. Accounts: ../fake-platforms/accounts.ts. */

export const PLATFORMS = ['meta', 'tiktok', 'google', 'gemini', 'mcp'];

const AD_PLATFORMS = ['meta', 'tiktok', 'google'];

/** Each failure with the account that has it, and on which platforms; the others cannot fail so. */
const FAILURES = [
  { name: 'none', account: 'well', on: PLATFORMS },
  { name: 'down-twice', account: 'down-twice', on: PLATFORMS },
  { name: 'throttled', account: 'busy', on: PLATFORMS },
  { name: 'hangs', account: 'hangs', on: PLATFORMS, only: 'read' },
  { name: 'answer-lost', account: 'lost-answer-once', on: PLATFORMS, only: 'write' },
  { name: 'token-expired', account: 'token-expired', on: AD_PLATFORMS },
  { name: 'key-invalid', account: 'key-invalid', on: ['gemini'] },
  { name: 'budget-empty', account: 'no-budget', on: ['meta', 'google'] },
  { name: 'quota-used-up', account: 'quota-used-up', on: ['gemini'] },
  { name: 'tool-fails', account: 'tool-fails', on: ['mcp'], only: 'write' },
  { name: 'down', account: 'down', on: PLATFORMS, only: 'read' },
];

export function failuresOf(platform) {
  return FAILURES.filter(({ on }) => on.includes(platform)).map(({ name }) => name);
}

/**
 * The request of a choice. Its account is the run's own, so that runs side by side do not meet.
 *
 * @returns {{ method: string, path: string, body?: object }}
 */
export function requestOf(platform, failure, runId) {
  const { account: kind, only } = FAILURES.find(({ name }) => name === failure);
  const account = `${kind}~${runId.slice(0, 8)}`;
  if (platform === 'gemini') return post('/copy', { account, product: 'Dresses for spring' });
  if (platform === 'mcp') {
    const path = `/mcp/${account}/tools`;
    return only === 'write'
      ? post(`${path}/audience_size`, { interest: 'dresses' })
      : { method: 'GET', path };
  }
  if (only === 'read') return { method: 'GET', path: `/accounts/${platform}/${account}/ad-sets` };
  const ads = [{ name: 'Blue dress', headline: 'A blue dress for spring' }];
  const ad_sets = [{ name: 'Paris', daily_budget: 50, ads }];
  return post('/campaigns', { platform, account, name: 'Spring', ad_sets });
}

function post(path, body) {
  return { method: 'POST', path, body };
}

/** The same request from a shell. */
export function curlOf({ method, path, body }, language, origin) {
  const lines = [`curl -i ${origin}${path}`, `-H 'Accept-Language: ${language}'`];
  if (method === 'POST') {
    lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body)}'`);
  }
  return lines.join(' \\\n  ');
}
