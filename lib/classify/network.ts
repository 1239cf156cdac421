import { read, readString } from '../errors/safe-read.js';
import type { Family } from './family.js';
import type { Finding } from './finding.js';

/** What a failure below HTTP was, and whether the request may have been carried out. */
interface NetworkFact {
  readonly kind: 'connection' | 'timeout' | 'cancelled';
  readonly mayHaveExecuted: boolean;
  readonly retryable: boolean;
  /** A cause that says more is believed instead. */
  readonly vague: boolean;
}

function fact(
  kind: NetworkFact['kind'],
  {
    executed,
    retryable = true,
    vague = false,
  }: { executed: boolean; retryable?: boolean; vague?: boolean },
): NetworkFact {
  return { kind, mayHaveExecuted: executed, retryable, vague };
}

const NOT_SENT = fact('connection', { executed: false });
const BROKEN_OFF = fact('connection', { executed: true });
const NO_ANSWER = fact('connection', { executed: true, vague: true });
const TIMED_OUT = fact('timeout', { executed: true });
/** Of a connection or of an answer: a cause may tell. */
const NOT_IN_TIME = fact('timeout', { executed: true, vague: true });
const NOT_TRUSTED = fact('connection', { executed: false, retryable: false });
/** The application has closed its HTTP client: another attempt finds it closed too. */
const CLIENT_CLOSED = fact('connection', { executed: false, retryable: false });
const CLIENT_DESTROYED = fact('connection', { executed: true, retryable: false });
const CANCELLED = fact('cancelled', { executed: true, retryable: false });

/**
 * Node's system errors (`errors.html#common-system-errors`), undici's (`lib/core/errors.js`),
 * axios' (`lib/core/AxiosError.js`) and the TLS verification errors of OpenSSL.
 */
export const CODES: Readonly<Record<string, NetworkFact>> = {
  ECONNREFUSED: NOT_SENT,
  ENOTFOUND: NOT_SENT,
  EAI_AGAIN: NOT_SENT,
  ENETUNREACH: NOT_SENT,
  EHOSTUNREACH: NOT_SENT,
  EADDRNOTAVAIL: NOT_SENT,
  UND_ERR_CONNECT_TIMEOUT: NOT_SENT,
  ECONNRESET: BROKEN_OFF,
  EPIPE: BROKEN_OFF,
  ERR_NETWORK: NO_ANSWER,
  UND_ERR_SOCKET: BROKEN_OFF,
  UND_ERR_INFO: BROKEN_OFF,
  UND_ERR_REQ_RETRY: BROKEN_OFF,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: BROKEN_OFF,
  UND_ERR_CLOSED: CLIENT_CLOSED,
  UND_ERR_DESTROYED: CLIENT_DESTROYED,
  ETIMEDOUT: NOT_IN_TIME,
  ESOCKETTIMEDOUT: TIMED_OUT,
  ECONNABORTED: TIMED_OUT,
  UND_ERR_HEADERS_TIMEOUT: TIMED_OUT,
  UND_ERR_BODY_TIMEOUT: TIMED_OUT,
  UND_ERR_ABORT: CANCELLED,
  UND_ERR_ABORTED: CANCELLED,
  ERR_CANCELED: CANCELLED,
  ABORT_ERR: CANCELLED,
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  CERT_HAS_EXPIRED: NOT_TRUSTED,
  CERT_NOT_YET_VALID: NOT_TRUSTED,
  CERT_REVOKED: NOT_TRUSTED,
  CERT_REJECTED: NOT_TRUSTED,
  CERT_UNTRUSTED: NOT_TRUSTED,
  CERT_SIGNATURE_FAILURE: NOT_TRUSTED,
  HOSTNAME_MISMATCH: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: NOT_TRUSTED,
  UND_ERR_PRX_TLS: NOT_TRUSTED,
  EPROTO: NOT_TRUSTED,
};

/** A failure below HTTP, by the code of one error; its causes are the caller's to ask about. */
export function networkFindingOf(error: object, family: Family): Finding | undefined {
  const fact = factOf(error);
  if (fact === undefined) return undefined;
  const { kind, mayHaveExecuted, retryable, vague } = fact;
  const type = kind === 'cancelled' ? 'CANCELLED' : family[kind];
  return { type, retryable, mayHaveExecuted, vague };
}

function factOf(error: object): NetworkFact | undefined {
  const code = readString(error, 'code');
  // Of fetch, where the answer had begun to come.
  if (says(error, 'terminated') && readString(error, 'name') === 'TypeError')
    return brokenOff(error);
  const known = (code !== undefined && ofCode(code)) || byName(error);
  if (known === CANCELLED) return endedByTimeLimit(error) ? TIMED_OUT : CANCELLED;
  if (code === 'ERR_BAD_RESPONSE' && says(error, 'stream has been aborted')) return BROKEN_OFF;
  const syscall = syscallOf(error);
  const connecting =
    (code === 'ETIMEDOUT' && syscall === 'connect') ||
    // Node's words where the peer hangs up in the TLS handshake: nothing was sent yet.
    (code === 'ECONNRESET' && says(error, 'before secure TLS connection'));
  if (connecting) return NOT_SENT;
  // A route that is lost while the connection is in use.
  return known === NOT_SENT && ['read', 'write'].includes(syscall) ? BROKEN_OFF : known;
}

function brokenOff(error: object): NetworkFact {
  const code = readString(read(error, 'cause'), 'code') ?? '';
  return ofCode(code)?.kind === 'timeout' ? TIMED_OUT : BROKEN_OFF;
}

/** axios keeps of it only the message, which begins with it. */
function syscallOf(error: object): string {
  const [first = ''] = (readString(error, 'message') ?? '').slice(0, 20).split(' ');
  return readString(error, 'syscall') ?? first;
}

function ofCode(code: string): NetworkFact | undefined {
  if (Object.hasOwn(CODES, code)) return CODES[code];
  // OpenSSL's reasons; all but these are of the handshake.
  if (!code.startsWith('ERR_SSL_')) return undefined;
  return /BAD_RECORD_MAC|UNEXPECTED_EOF/.test(code) ? BROKEN_OFF : NOT_TRUSTED;
}

// AbortSignal.timeout and rxjs' timeout say it by name alone, aborts of fetch and streams too.
function byName(error: object): NetworkFact | undefined {
  const name = readString(error, 'name');
  if (name === 'TimeoutError') return TIMED_OUT;
  return name === 'AbortError' || name === 'CanceledError' ? CANCELLED : undefined;
}

// Who aborts by AbortSignal.timeout is not cancelled: Node keeps the signal's reason as the cause,
// axios keeps the signal.
function endedByTimeLimit(error: object): boolean {
  const signal = read(read(error, 'config'), 'signal');
  const reasons = [read(error, 'cause'), read(signal, 'reason')];
  return reasons.some((reason) => readString(reason, 'name') === 'TimeoutError');
}

function says(error: object, words: string): boolean {
  return readString(error, 'message')?.includes(words) === true;
}
