import type { ErrorAnswer, ErrorResponse } from './error-response.js';

/** Names what belongs beside the JSON in the headers of an HTTP answer, in the order it is sent. */
export function eachHeader(
  { httpStatus, locale, body }: ErrorAnswer,
  set: (name: string, value: string) => void,
): void {
  set('Cache-Control', 'no-store');
  set('Content-Language', locale);
  set('Vary', 'Accept-Language');
  if (body.retry_after !== undefined) set('Retry-After', String(body.retry_after));
  if (httpStatus === 401 && body.error.type.startsWith('TOKEN_')) {
    set('WWW-Authenticate', `Bearer realm="${realm(body)}", error="invalid_token"`);
  }
}

/** Tells a client the platform's token from its own session. */
function realm({ error }: ErrorResponse): string {
  return (error.platform ?? error.context).replace(/[^\w.-]/g, '_').slice(0, 64);
}
