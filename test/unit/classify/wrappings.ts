import { AxiosError, AxiosHeaders } from 'axios';

/** What a server has answered. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function axiosError({ status, headers, body }: Reply): AxiosError {
  const config = { headers: new AxiosHeaders() };
  const message = `Request failed with status code ${status}`;
  const code = status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_BAD_RESPONSE';
  const response = {
    status,
    statusText: '',
    config,
    headers: new AxiosHeaders({ ...headers }),
    data: body,
  };
  return new AxiosError(message, code, config, {}, response);
}

function asText({ body, ...rest }: Reply): Reply & { readonly body: string } {
  return { ...rest, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const fail = (fields: object) => Object.assign(new Error('The request failed'), fields);

/** The ways in which clients hand on an answer that was a failure. */
export const WRAPPINGS: Readonly<Record<string, (reply: Reply) => unknown>> = {
  'an AxiosError': axiosError,
  'an AxiosError with the body as text': (reply) => axiosError(asText(reply)),
  'an AxiosError with a byte order mark': (reply) =>
    axiosError({ ...reply, body: `\uFEFF ${asText(reply).body}` }),
  'an error of got with the body as a Buffer': (reply) =>
    fail({
      response: {
        statusCode: reply.status,
        headers: reply.headers ?? {},
        body: Buffer.from(asText(reply).body),
      },
    }),
  'an error of superagent': (reply) =>
    fail({
      status: reply.status,
      response: {
        status: reply.status,
        headers: reply.headers ?? {},
        body: {},
        text: asText(reply).body,
      },
    }),
  'an error of ofetch': ({ status, headers, body }) =>
    fail({
      status,
      data: body,
      response: { status, headers: new Headers({ ...headers }), _data: body },
    }),
  'an error of undici': (reply) =>
    fail({ statusCode: reply.status, headers: reply.headers ?? {}, body: asText(reply).body }),
  'bytes of fetch': (reply) => {
    const { buffer } = new TextEncoder().encode(asText(reply).body);
    return fail({ status: reply.status, headers: new Headers({ ...reply.headers }), body: buffer });
  },
  'an object that is no error': ({ status, headers = {}, body }) => ({ status, headers, body }),
  'the cause of another error': (reply) =>
    new Error('outer', { cause: new Error('middle', { cause: axiosError(reply) }) }),
  'one of several errors': (reply) => new AggregateError([axiosError(reply), axiosError(reply)]),
};

/** Each row with each wrapping. */
export function inEveryWrapping<Row extends object>(rows: readonly Row[]) {
  return rows.flatMap((row) =>
    Object.entries(WRAPPINGS).map(([wrapping, wrap]) => ({ ...row, wrapping, wrap })),
  );
}
