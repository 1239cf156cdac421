import { goals, heading, number, table, type Goal } from '../report.js';
import { median } from '../statistics.js';
import { Server, type Served } from './load.js';

const ROUNDS = 7;
const SECONDS = 1;
/** Until everything that runs for each request has been compiled. */
const WARM_UP_SECONDS = 3;

/** A route of one of the applications. */
interface Route {
  readonly title: string;
  readonly application: 'without' | 'with' | 'custom';
  readonly path: string;
}

const ROUTES = {
  bare: { title: 'no module', application: 'without', path: 'plain-service' },
  module: { title: 'module, nothing decorated', application: 'with', path: 'plain-service' },
  service: { title: 'decorated service method', application: 'with', path: 'retry-service' },
  empty: { title: 'empty interceptor', application: 'with', path: 'intercept-none' },
  handler: { title: 'decorated route handler', application: 'with', path: 'retried-handler' },
  rxjs: { title: 'rxjs interceptor', application: 'with', path: 'intercept-rxjs' },
  nestError: { title: "503: Nest's filter", application: 'without', path: 'known-error' },
  ownError: { title: '503: our filter', application: 'with', path: 'known-error' },
  customError: { title: '503: custom filter', application: 'custom', path: 'known-error' },
  nestCrash: { title: "500: Nest's filter", application: 'without', path: 'unknown-error' },
  ownCrash: { title: '500: our filter', application: 'with', path: 'unknown-error' },
} as const satisfies Record<string, Route>;

type RouteName = keyof typeof ROUTES;

/** What is compared, with what, and what share of its throughput is wanted. */
const PAIRS: readonly { name: RouteName; with: RouteName; express?: number; fastify?: number }[] = [
  { name: 'module', with: 'bare', express: 0.98, fastify: 0.98 },
  { name: 'service', with: 'module', express: 0.93, fastify: 0.93 },
  { name: 'handler', with: 'empty', express: 0.97, fastify: 0.97 },
  { name: 'rxjs', with: 'empty' },
  { name: 'ownError', with: 'nestError', express: 0.95, fastify: 0.9 },
  { name: 'customError', with: 'nestError' },
  { name: 'ownCrash', with: 'nestCrash' },
];

/** The two of a pair take turns, now one first, now the other. */
async function compare(
  servers: Readonly<Record<Route['application'], Server>>,
  pair: readonly [Route, Route],
): Promise<readonly [Served[], Served[]]> {
  const results: readonly [Served[], Served[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    for (const side of order) {
      const { application, path } = pair[side];
      results[side].push(await servers[application].load(path, SECONDS));
    }
  }
  return results;
}

async function measure(platform: 'express' | 'fastify'): Promise<void> {
  const servers = {
    without: await Server.start(platform, 'without'),
    with: await Server.start(platform, 'with'),
    custom: await Server.start(platform, 'custom'),
  };
  for (const { application, path } of Object.values(ROUTES)) {
    await servers[application].load(path, WARM_UP_SECONDS);
  }
  const rows: string[][] = [];
  const wanted: Goal[] = [];
  for (const { name, with: other, ...least } of PAIRS) {
    const [own, others] = await compare(servers, [ROUTES[name], ROUTES[other]]);
    const share = median(own.map((each, i) => each.perSecond / (others[i]?.perSecond ?? NaN)));
    const extraUs = median(own.map((each, i) => each.cpuUs - (others[i]?.cpuUs ?? NaN)));
    const what = `${ROUTES[name].title} / ${ROUTES[other].title}`;
    rows.push([
      what,
      number(median(own.map(({ perSecond }) => perSecond))),
      number(median(others.map(({ perSecond }) => perSecond))),
      number(share),
      number(median(own.map(({ cpuUs }) => cpuUs))),
      extraUs.toFixed(1),
    ]);
    const atLeast = least[platform];
    if (atLeast !== undefined) wanted.push({ what, value: share, atLeast });
  }
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  table(['', 'requests/s', 'compared', 'share', 'CPU us', 'more CPU us'], rows);
  goals(wanted);
}

/** Requests a second, the load in one process and the server in another. */
export async function http(): Promise<void> {
  for (const platform of ['express', 'fastify'] as const) {
    heading(`Over HTTP on ${platform}`);
    await measure(platform);
  }
}
