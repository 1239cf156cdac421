import type { Maker } from './subject.js';

interface Entry {
  readonly title: string;
  /** Loads the subject's library, and no other. */
  readonly load: () => Promise<Maker>;
  /** It cuts an attempt off after a limit. */
  readonly limits: boolean;
  /** It tries again. */
  readonly retries: boolean;
}

const BOTH = { limits: true, retries: true };
const NEITHER = { limits: false, retries: false };

export const SUBJECTS = {
  direct: {
    title: 'direct call',
    load: async () => (await import('./subjects/plain.js')).direct,
    ...NEITHER,
  },
  loop: {
    title: 'hand-written loop',
    load: async () => (await import('./subjects/plain.js')).loop,
    limits: false,
    retries: true,
  },
  decorated: {
    title: '@Retryable',
    load: async () => (await import('./subjects/nestjs-retryable.js')).decorated,
    ...BOTH,
  },
  decoratedWithSignal: {
    title: '@Retryable, signal asked for',
    load: async () => (await import('./subjects/nestjs-retryable.js')).decoratedWithSignal,
    ...BOTH,
  },
  operator: {
    title: 'retryWithBackoff$',
    load: async () => (await import('./subjects/nestjs-retryable.js')).operator,
    ...BOTH,
  },
  pRetry: {
    title: 'p-retry + race by hand',
    load: async () => (await import('./subjects/p-retry.js')).pRetryWithRace,
    ...BOTH,
  },
  rxjs: {
    title: 'rxjs timeout + retry',
    load: async () => (await import('./subjects/rxjs.js')).rxjs,
    ...BOTH,
  },
  effect: {
    title: 'Effect',
    load: async () => (await import('./subjects/effect.js')).effect,
    ...BOTH,
  },
  nestjsResilience: {
    title: 'nestjs-resilience',
    load: async () => (await import('./subjects/nestjs-resilience.js')).nestjsResilience,
    ...BOTH,
  },
  cockatiel: {
    title: 'cockatiel',
    load: async () => (await import('./subjects/cockatiel.js')).cockatiel,
    ...BOTH,
  },
  opossum: {
    title: 'opossum (does not retry)',
    load: async () => (await import('./subjects/opossum.js')).opossum,
    limits: true,
    retries: false,
  },
} as const satisfies Record<string, Entry>;

export type SubjectName = keyof typeof SUBJECTS;

/** Libraries that have both, a limit for each attempt and retries. */
export const PEERS = ['pRetry', 'rxjs', 'effect', 'nestjsResilience', 'cockatiel'] as const;

export async function loadSubject(name: string): Promise<Maker> {
  return SUBJECTS[name as SubjectName].load();
}
