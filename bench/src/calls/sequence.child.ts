import { print } from '../fresh-process.js';
import { RateLimitError } from '../nestjs-retryable.js';
import { alternate } from './batches.js';
import { loadSubject } from './subjects.js';
import type { Body } from './subject.js';

const PAIRS = 12;

/** Fails twice, then succeeds. */
function failsTwice(errorOf: () => Error): Body {
  let calls = 0;
  return () => {
    if (++calls % 3 === 0) return 1;
    throw errorOf();
  };
}

function networkError(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
}

const known = new RateLimitError('meta');
const network = networkError();

const bodies: Record<string, () => Body> = {
  succeeds: () => () => 1,
  failsKnown: () => failsTwice(() => known),
  failsUnknown: () => failsTwice(() => network),
  failsFresh: () => failsTwice(networkError),
};

const [subject = '', baseline = '', body = ''] = process.argv.slice(2);
const make = bodies[body];
if (make === undefined) throw new Error(`There is no body "${body}".`);
const settings = { limitMs: 30_000, retries: 3 };

// In a server some timer is always running. Where none is, Node pays extra for each first one.
const keepAlive = setInterval(() => undefined, 60_000);
const call = (await loadSubject(subject))(make(), settings);
const compared = (await loadSubject(baseline))(make(), settings);
const result = await alternate(call, compared, PAIRS);
clearInterval(keepAlive);
print(result);
