import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { whenClientIsGone } from '../../../lib/transports/client-gone.js';

/** The part of a response that tells whether its client is there. */
function response(state = {}) {
  return Object.assign(new EventEmitter(), { writableFinished: false, destroyed: false, ...state });
}

describe('a client that may leave', () => {
  it('is told of once it has left', () => {
    const raw = response();
    const gone = vi.fn();
    whenClientIsGone({ raw }, gone);
    expect(gone).not.toHaveBeenCalled();
    raw.emit('close');
    expect(gone.mock.calls).toMatchObject([[{ type: 'CANCELLED' }]]);
  });

  it('is told of at once where it has left before, and not where it has its answer', () => {
    const gone = vi.fn();
    whenClientIsGone(response({ destroyed: true }), gone);
    expect(gone).toHaveBeenCalledTimes(1);
    const answered = response({ writableFinished: true });
    whenClientIsGone(answered, gone);
    answered.emit('close');
    expect(gone).toHaveBeenCalledTimes(1);
  });

  it('is not listened to any longer than that is wanted', () => {
    const raw = response();
    const gone = vi.fn();
    const ends = Array.from({ length: 20 }, () => whenClientIsGone(raw, gone));
    for (const end of ends) end();
    expect(raw.listenerCount('close')).toBe(0);
    raw.emit('close');
    expect(gone).not.toHaveBeenCalled();
  });
});
