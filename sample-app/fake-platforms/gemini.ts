import { json, type FakePlatform, type FakeReply } from './fake-platform.js';

/** The Gemini API: a google.rpc status with details. The project that pays is in a header. */
export const GEMINI: FakePlatform = {
  understand({ method, path, headers }) {
    if (method !== 'POST' || !path.endsWith(':generateContent')) return undefined;
    const account = String(headers['x-goog-user-project'] ?? '');
    return { account, name: 'generate copy', perform: () => COPY };
  },
  refusals: {
    overloaded: failure(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
    throttled: failure(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [
      quota('GenerateRequestsPerMinutePerProjectPerModel'),
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' },
    ]),
    'quota-used-up': failure(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [
      quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12s' },
    ]),
    'key-invalid': failure(400, 'INVALID_ARGUMENT', 'API key not valid.', [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
      },
    ]),
    blocked: json(
      200,
      { promptFeedback: { blockReason: 'SAFETY', safetyRatings: [] } },
      'blockReason SAFETY',
    ),
  },
};

const COPY = json(200, {
  candidates: [
    {
      content: {
        parts: [
          { text: '{"headline":"Spring is here","text":"Light dresses for the first warm days."}' },
        ],
      },
    },
  ],
});

function failure(
  status: number,
  rpcStatus: string,
  message: string,
  details: object[] = [],
): FakeReply {
  return json(status, { error: { code: status, message, status: rpcStatus, details } }, rpcStatus);
}

function quota(quotaId: string) {
  return { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId }] };
}
