import { STATUS_CODES } from 'node:http';
import { getSchemaPath, type ApiResponseNoStatusOptions } from '@nestjs/swagger';
import { classifyError } from '../classify/classify-error.js';
import { ParkedError } from '../errors/operation.errors.js';
import { ServiceError, type Platform } from '../errors/service-error.js';
import { eachHeader } from '../response/error-headers.js';
import type { ErrorPresentation } from '../response/error-presentation.js';
import { answerFor, type ErrorAnswer } from '../response/error-response.js';

/** How the errors of an application are answered. */
export interface Manner {
  readonly presentation: ErrorPresentation;
  readonly locale: string | undefined;
}

/** Where an error comes from. */
export interface Origin {
  readonly context: string;
  readonly platform?: Platform | undefined;
  /** Its retries are used up. */
  readonly isRetried: boolean;
}

const TIMESTAMP = '2024-01-01T00:00:00.000Z';
const REQUEST_ID = '7d3b6a52-0c1e-4b8f-9a64-2f5d8e1c7b90';
const JOB_ID = '0f9d2c41-5b7e-4a36-8c12-6e4f1b2a3d58';

/** An error of a type that a client sees more of than its words. */
export function typicalError(type: string, platform: Platform | undefined): ServiceError {
  if (type !== 'PARKED') return new ServiceError(type, { platform });
  const resumesAt = Date.parse('2024-01-01T00:20:00.000Z');
  return new ParkedError({ platform, jobId: JOB_ID, resumesAt });
}

/** What the application answers for an error, at a time and with a request id that never change. */
export function exampleOf(
  error: Error,
  { presentation, locale }: Manner,
  { context, platform, isRetried }: Origin,
): ErrorAnswer {
  const input = {
    error,
    context,
    platform,
    locale,
    requestId: REQUEST_ID,
    ...(isRetried ? { maxRetries: 0 } : {}),
  };
  const answer = answerFor(input, classifyError(error, { platform }), presentation);
  answer.body.error.timestamp = TIMESTAMP;
  return answer;
}

const HEADERS: Readonly<Record<string, { description: string; type: 'string' | 'integer' }>> = {
  'Cache-Control': { description: 'Errors are not kept', type: 'string' },
  'Content-Language': { description: 'The language of the words', type: 'string' },
  Vary: { description: 'The words are chosen by `Accept-Language`', type: 'string' },
  'Retry-After': { description: 'Seconds to wait before another try', type: 'integer' },
  'WWW-Authenticate': { description: "It is the platform's token that failed", type: 'string' },
};

type Headers = NonNullable<ApiResponseNoStatusOptions['headers']>;

/** The responses in the document, one for each status. */
export function responsesOf(
  examples: ReadonlyMap<string, ErrorAnswer>,
): [status: number, response: ApiResponseNoStatusOptions][] {
  const statuses = new Set([...examples.values()].map(({ httpStatus }) => httpStatus));
  return [...statuses].map((status) => {
    const named = [...examples].filter(([, { httpStatus }]) => httpStatus === status);
    return [status, responseOf(status, named)];
  });
}

function responseOf(
  status: number,
  named: readonly (readonly [string, ErrorAnswer])[],
): ApiResponseNoStatusOptions {
  const types = [...new Set(named.map(([, { body }]) => `\`${body.error.type}\``))];
  const examples = named.map(([name, { body }]) => [name, { summary: name, value: body }]);
  return {
    description: `${STATUS_CODES[status] ?? 'Error'}: ${types.join(', ')}`,
    headers: headersOf(named.map(([, answer]) => answer)),
    // Whatever a handler produces otherwise, its errors are JSON.
    content: {
      'application/json': {
        schema: { $ref: getSchemaPath('ErrorResponse') },
        examples: Object.fromEntries(examples) as object,
      },
    },
  } as ApiResponseNoStatusOptions;
}

/** Each header with the first value that it has; required where all of the answers have it. */
function headersOf(answers: readonly ErrorAnswer[]): Headers {
  const found = new Map<string, string[]>();
  for (const answer of answers) {
    eachHeader(answer, (name, value) => {
      found.set(name, [...(found.get(name) ?? []), value]);
    });
  }
  const headers = [...found].map(([name, values]): [string, Headers[string]] => {
    const { description, type } = HEADERS[name] ?? { description: '', type: 'string' };
    const [first = ''] = values;
    const schema = { type, example: type === 'integer' ? Number(first) : first };
    return [name, { description, required: values.length === answers.length, schema }];
  });
  return Object.fromEntries(headers);
}
