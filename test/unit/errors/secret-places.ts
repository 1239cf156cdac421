import {
  BadRequestException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
} from '@nestjs/common';
import { AxiosError, AxiosHeaders } from 'axios';
import {
  AiModelError,
  CreativeRejectedError,
  RateLimitError,
  ServiceError,
  TokenExpiredError,
  ValidationError,
} from '../../../lib/index.js';

type Thrown = (secret: string) => unknown;

function axiosErrorWith(secret: string): AxiosError {
  const headers = new AxiosHeaders({ Authorization: `Bearer ${secret}`, [secret]: secret });
  const config = { url: `https://a.example/?access_token=${secret}`, headers, data: secret };
  return new AxiosError(
    `Request failed: ${secret}`,
    secret,
    config,
    { secret },
    {
      status: 503,
      statusText: secret,
      headers: { 'set-cookie': [`sid=${secret}`], 'retry-after': secret },
      config,
      data: { error: { message: secret } },
    },
  );
}

function classNamed(name: string): Error {
  const Named = { [name]: class extends Error {} }[name] ?? Error;
  return new Named('x');
}

/** An answer whose body holds the secret wherever a platform has a text, or something we read. */
function answered(status: number, body: (secret: string) => unknown): Thrown {
  return (secret) => {
    const config = { headers: new AxiosHeaders() };
    const response = { status, statusText: 'x', headers: {}, config, data: body(secret) };
    return new AxiosError('x', 'ERR_BAD_REQUEST', config, {}, response);
  };
}

const withFields = (fields: object) => Object.assign(new Error('x'), fields);
const withCode = (secret: string) => withFields({ code: secret, errno: secret, path: secret });

/** Everywhere in an error where a secret can be. */
export const THROWN: Readonly<Record<string, Thrown>> = {
  'a thrown text': (secret) => secret,
  'a thrown text with a name': (secret) => `api_key: ${secret}`,
  'a message': (secret) => new Error(secret),
  'a sentence': (secret) => new Error(`The token ${secret} is not valid any more.`),
  'an assignment': (secret) => new Error(`login with password=${secret} failed`),
  'a key of JSON': (secret) => new Error(JSON.stringify({ [secret]: 1 })),
  'a value of JSON': (secret) => new Error(JSON.stringify({ data: { refreshToken: secret } })),
  'a header': (secret) => new Error(`GET /v1\r\nAuthorization: Bearer ${secret}\r\nHost: x`),
  'a cookie': (secret) => new Error(`Cookie: theme=dark; sid=${secret}`),
  'the user of a URL': (secret) => new Error(`GET https://${secret}:x@a.example/v1 failed`),
  'the password of a URL': (secret) => new Error(`connect to redis://jane:${secret}@cache:6379`),
  'the query of a URL': (secret) => new Error(`https://a.example/v1?q=1&sig=${secret}&x=2`),
  'the fragment of a URL': (secret) => new Error(`https://a.example/cb#id_token=${secret}`),
  'the path of a URL': (secret) => new Error(`POST https://hooks.example/services/${secret}`),
  'the host of a URL': (secret) => new Error(`https://${secret}.example/`),
  'a path': (secret) => new Error(`ENOENT: no such file, open '/run/secrets/${secret}/key'`),
  'the end of a long message': (secret) => new Error(`${'long words '.repeat(45)}${secret}`),
  'a name': (secret) => withFields({ name: secret }),
  'a class name': classNamed,
  'the name of a thrown function': (secret) => ({ [secret]: () => 1 })[secret],
  'a description': (secret) => Symbol(secret),
  'a code': withCode,
  'fields of its own': (secret) =>
    withFields({ token: secret, [secret]: secret, nested: { secret } }),
  'a cause': (secret) => new Error('x', { cause: new Error(secret) }),
  'the code of a cause': (secret) => new Error('x', { cause: withCode(secret) }),
  'one of several': (secret) => new AggregateError([new Error(secret), withCode(secret)], secret),
  'a frame of the stack': (secret) =>
    withFields({ stack: `Error: x\n    at ${secret} (/app/${secret}.js:1:1)` }),
  'an axios error': axiosErrorWith,
  'a wrapped axios error': (secret) => new Error('x', { cause: axiosErrorWith(secret) }),
  'a response': (secret) =>
    new Response(secret, { status: 429, statusText: 'x', headers: { 'retry-after': secret } }),
  'a 4xx exception': (secret) => new NotFoundException(`No session ${secret}`),
  'the body of an exception': (secret) =>
    new HttpException({ message: secret, error: secret, token: secret, [secret]: 1 }, 418),
  'the list of an exception': (secret) => new BadRequestException([`${secret} must be a string`]),
  'the code of an exception': (secret) => {
    const options: object = { errorCode: secret }; // an option since Nest 12
    return Object.assign(new BadRequestException('x', options), options);
  },
  'a 5xx exception': (secret) => new InternalServerErrorException([secret], { cause: secret }),
  'the message of an error of ours': (secret) => new TokenExpiredError('meta', { message: secret }),
  'the type of an error of ours': (secret) => new ServiceError(secret),
  'the code of an error of ours': (secret) => new AiModelError({ code: secret }),
  'the platform of an error of ours': (secret) => new RateLimitError(secret),
  'the cause of an error of ours': (secret) => new AiModelError({ cause: new Error(secret) }),
  'an error of ours as a cause': (secret) =>
    new Error('x', { cause: new ServiceError(secret, { code: secret, platform: secret }) }),
  'a reason': (secret) => new CreativeRejectedError('meta', { reason: `${secret} is forbidden` }),
  'a field and its errors': (secret) =>
    new ValidationError({ field: secret, errors: [secret, { field: secret, message: secret }] }),
  'public details': (secret) =>
    new ServiceError('AD_PLATFORM_ERROR', {
      details: Object.fromEntries(ServiceError.publicDetails.map((key) => [key, secret])),
    }),
  'other details': (secret) =>
    new RateLimitError('meta', { details: { account: secret, [secret]: secret } }),
  'an answer of Meta': answered(400, (secret) => ({
    error: { message: secret, type: secret, code: 190, fbtrace_id: secret, [secret]: secret },
  })),
  'the code of an answer': answered(400, (secret) => ({
    error: { message: 'x', type: 'x', code: secret, error_subcode: secret, status: secret },
    code: secret,
    message: secret,
    request_id: secret,
  })),
  'an answer of TikTok': answered(200, (secret) => ({
    code: 40105,
    message: secret,
    request_id: secret,
    data: { [secret]: secret },
  })),
  'a text of the SDK of TikTok': (secret) =>
    new Error(`request_id:${secret} message: ${secret} code: 40105`),
  'an answer of Google': answered(403, (secret) => ({
    error: {
      code: 403,
      status: secret,
      message: secret,
      details: [
        { reason: secret, domain: secret },
        { errors: [{ errorCode: { [secret]: secret }, message: secret }], requestId: secret },
      ],
    },
  })),
  'the reason of an answer of Google': answered(429, (secret) => ({
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: secret,
      details: [{ reason: secret, domain: 'x' }, { violations: [{ quotaId: secret }] }],
    },
  })),
  'what a model would not say': (secret) => ({ promptFeedback: { blockReason: secret } }),
  'the result of a tool': (secret) => ({
    isError: true,
    content: [{ type: 'text', text: `The key ${secret} is not valid` }],
  }),
  'a plain object': (secret) => ({ message: secret, code: secret, name: secret, [secret]: secret }),
};
