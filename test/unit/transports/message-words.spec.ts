import { describe, expect, it } from 'vitest';
import { messageExceptionWords } from '../../../lib/transports/message-words.js';

/** As Nest 12 has them: their `name` is that of Error. */
class RpcException extends Error {
  constructor(private readonly error: unknown) {
    super(typeof error === 'string' ? error : 'Rpc Exception');
  }

  getError(): unknown {
    return this.error;
  }
}
class LedgerException extends RpcException {}

describe("Nest's exceptions of messages", () => {
  it.each([new RpcException('busy'), new LedgerException('busy')])(
    'have words: %s',
    (exception) => {
      expect(messageExceptionWords(exception)).toBe('busy');
    },
  );

  it('have none where they carry what somebody else has said', () => {
    const exception = new RpcException(new Error('upstream said'));
    expect(messageExceptionWords(exception)).toBeUndefined();
  });

  it('are told from other errors with a method of that name', () => {
    const error = Object.assign(new Error('upstream said'), { getError: () => 'upstream said' });
    expect(messageExceptionWords(error)).toBeUndefined();
    const endless: object = new Proxy(Error, { getPrototypeOf: () => endless });
    const trap = () => {
      throw new Error('trap');
    };
    for (const type of [endless, new Proxy(Error, { get: trap, getPrototypeOf: trap })]) {
      expect(messageExceptionWords(Object.assign(error, { constructor: type }))).toBeUndefined();
    }
  });
});
