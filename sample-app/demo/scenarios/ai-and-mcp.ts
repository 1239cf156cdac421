import type { Scenario } from '../scenario.js';
import { get, post } from './calls.js';

const product = 'Dresses for spring';

export const AI_AND_MCP: readonly Scenario[] = [
  {
    title: 'Gemini: overloaded once, then fine',
    why: 'A 503 of the model is worth a second attempt.',
    upstream: 'gemini/overloaded',
    steps: [
      {
        call: post('/copy', { account: 'overloaded', product }),
        promised: {
          status: 200,
          requests: ['generate copy: HTTP 503 (UNAVAILABLE)', 'generate copy: HTTP 200'],
          waits: [1000],
          json: { headline: 'Spring is here' },
        },
      },
    ],
  },
  {
    title: 'Gemini: too many requests this minute',
    why: 'A burst limit with RetryInfo 2 s: waited for.',
    upstream: 'gemini/throttled-once',
    steps: [
      {
        call: post('/copy', { account: 'throttled-once', product }),
        promised: {
          status: 200,
          requests: ['generate copy: HTTP 429 (RESOURCE_EXHAUSTED)', 'generate copy: HTTP 200'],
          waits: [2000],
          json: { headline: 'Spring is here' },
        },
      },
    ],
  },
  {
    title: 'Gemini: the quota of the day is used up',
    why: 'The same HTTP 429 with a RetryInfo of 12 s, but the quota is PerDay: waiting is no use.',
    upstream: 'gemini/quota-used-up',
    steps: [
      {
        call: post('/copy', { account: 'quota-used-up', product }),
        promised: {
          status: 429,
          requests: ['generate copy: HTTP 429 (RESOURCE_EXHAUSTED)'],
          waits: [],
          json: {
            'error.type': 'AI_MODEL_QUOTA_EXCEEDED',
            'error.code': '4003',
            'error.context': 'generate_ad_copy',
            retry_allowed: false,
          },
        },
      },
    ],
  },
  {
    title: 'Gemini: the API key is wrong',
    why: 'AI_MODEL_FAILED is retryable by default; this error says of itself that it is not.',
    upstream: 'gemini/key-invalid',
    steps: [
      {
        call: post('/copy', { account: 'key-invalid', product }, 'en'),
        promised: {
          status: 503,
          requests: ['generate copy: HTTP 400 (INVALID_ARGUMENT)'],
          waits: [],
          json: {
            'error.type': 'AI_MODEL_FAILED',
            'error.details.platform_code': 'API_KEY_INVALID',
            retry_allowed: false,
          },
        },
      },
    ],
  },
  {
    title: 'MCP: the connection is reset, then fine',
    why: 'A list is only read. @Retryable stands on the route handler here.',
    upstream: 'mcp/tools-reset',
    steps: [
      {
        call: get('/mcp/tools-reset/tools'),
        promised: {
          status: 200,
          requests: ['list tools: connection reset', 'list tools: HTTP 200'],
          waits: [1000],
          json: { '0.name': 'audience_size' },
        },
      },
    ],
  },
  {
    title: 'MCP: the tool fails',
    why: 'To HTTP and to JSON-RPC that is a success; the client reads isError.',
    upstream: 'mcp/tool-fails',
    steps: [
      {
        call: post('/mcp/tool-fails/tools/audience_size', { interest: 'dresses' }, 'en'),
        promised: {
          status: 502,
          requests: ['call tool: HTTP 200 (isError)'],
          waits: [],
          json: { 'error.type': 'MCP_TOOL_ERROR', 'error.code': '3003', retry_allowed: false },
        },
      },
    ],
  },
  {
    title: 'MCP: the tool gives no answer',
    why: 'timeouts: { mcp_call: 2_000 }. The tool may have run: it is not called again.',
    upstream: 'mcp/tool-hangs',
    steps: [
      {
        call: post('/mcp/tool-hangs/tools/audience_size', { interest: 'dresses' }),
        promised: {
          status: 504,
          requests: ['call tool: no answer'],
          waits: [],
          json: { 'error.type': 'MCP_TIMEOUT', 'error.code': '3004', retry_allowed: false },
        },
      },
    ],
  },
  {
    title: 'The client goes while the application waits',
    why: 'Nobody would read the answer: no further request is made for it.',
    upstream: 'mcp/tools-busy',
    showsLog: true,
    steps: [
      {
        call: { ...get('/mcp/tools-busy/tools'), hangsUp: true },
        promised: {
          status: undefined,
          requests: ['list tools: HTTP 429 (Retry-After: 3)'],
          waits: [3000],
        },
      },
    ],
  },
];
