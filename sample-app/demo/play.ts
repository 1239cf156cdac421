import { setTimeout as sleep } from 'node:timers/promises';
import { differences } from './compare.js';
import type { Call, LogLine, Observed, Scenario, UpstreamRequest } from './scenario.js';

/** Where the two servers are, and what the application has logged so far. */
export interface Stage {
  readonly app: string;
  readonly platforms: string;
  readonly log: readonly LogLine[];
}

export interface PlayedStep {
  readonly observed: Observed;
  readonly differences: readonly string[];
}

export interface PlayedScenario {
  readonly scenario: Scenario;
  readonly steps: readonly PlayedStep[];
  readonly asPromised: boolean;
}

/** Plays a scenario over real HTTP. */
export async function play(scenario: Scenario, stage: Stage): Promise<PlayedScenario> {
  const steps: PlayedStep[] = [];
  for (const { call, promised } of scenario.steps) {
    const answer = steps.at(-1)?.observed.body;
    const observed = await perform(
      typeof call === 'function' ? call(answer) : call,
      `demo-${scenario.upstream.replace(/[^\w]+/g, '-')}-${steps.length + 1}`,
      scenario.upstream,
      stage,
    );
    steps.push({ observed, differences: differences(promised, observed) });
  }
  return {
    scenario,
    steps,
    asPromised: steps.every((step) => step.differences.length === 0),
  };
}

interface Upstream {
  readonly requests: UpstreamRequest[];
  readonly holds: Observed['holds'];
}

async function perform(
  call: Call,
  requestId: string,
  upstream: string,
  stage: Stage,
): Promise<Observed> {
  const ask = async () => {
    const response = await fetch(`${stage.platforms}/accounts/${upstream}`);
    return (await response.json()) as Upstream;
  };
  const ofThisCall = () => stage.log.filter(({ req }) => req?.id === requestId);
  const before = (await ask()).requests.length;
  const controller = new AbortController();
  const pending = send(call, requestId, stage.app, controller.signal);
  if (call.hangsUp === true) {
    await until(() => ofThisCall().some(({ msg }) => msg === 'retry_scheduled'));
    controller.abort();
    await until(() => ofThisCall().some(({ msg }) => msg === 'operation_error'));
    await sleep(3_500); // the wait was three seconds: an attempt that came after all would be seen
  }
  const answer = await pending;
  const { requests, holds } = await ask();
  return { call, ...answer, requests: requests.slice(before), holds, log: ofThisCall() };
}

type Answer = Pick<Observed, 'status' | 'headers' | 'body'>;

async function send(
  { method, path, body, language }: Call,
  requestId: string,
  app: string,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const response = await fetch(`${app}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        'x-request-id': requestId,
        ...(language === undefined ? {} : { 'accept-language': language }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { status: undefined, headers: new Headers(), body: undefined };
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition() && Date.now() < end;) await sleep(20);
}
