import { goals, heading, number, table, type Goal } from '../report.js';
import { median } from '../statistics.js';
import { ALL_CORES, keepTo, LOAD_CORE, Server, type Served } from './load.js';

const ROUNDS = 9;
const SECONDS = 1;
/** Until everything that runs for each request has been compiled. */
const WARM_UP_SECONDS = 3;

/** A route of one of the applications. */
interface Route {
  readonly title: string;
  readonly application: 'without' | 'with' | 'custom' | 'constant';
  readonly path: string;
}

const ROUTES = {
  bare: { title: 'no module', application: 'without', path: 'plain-service' },
  module: { title: 'module, nothing decorated', application: 'with', path: 'plain-service' },
  service: { title: 'decorated service method', application: 'with', path: 'retry-service' },
  empty: { title: 'empty interceptor', application: 'with', path: 'intercept-none' },
  handler: { title: 'decorated route handler', application: 'with', path: 'retried-handler' },
  rxjs: { title: 'rxjs interceptor', application: 'with', path: 'intercept-rxjs' },
  passOn: { title: 'passes on, in a context', application: 'with', path: 'intercept-pass' },
  nestError: { title: "503: Nest's filter", application: 'without', path: 'known-error' },
  ownError: { title: '503: our filter', application: 'with', path: 'known-error' },
  customError: { title: '503: custom filter', application: 'custom', path: 'known-error' },
  constantError: { title: '503: a constant', application: 'constant', path: 'known-error' },
  nestCrash: { title: "500: Nest's filter", application: 'without', path: 'unknown-error' },
  ownCrash: { title: '500: our filter', application: 'with', path: 'unknown-error' },
} as const satisfies Record<string, Route>;

type RouteName = keyof typeof ROUTES;

/** What is compared, with what, and what share of its throughput is wanted. */
const PAIRS: readonly { name: RouteName; with: RouteName; express?: number; fastify?: number }[] = [
  { name: 'bare', with: 'bare' },
  { name: 'module', with: 'bare', express: 0.98, fastify: 0.98 },
  { name: 'service', with: 'module', express: 0.93, fastify: 0.93 },
  { name: 'handler', with: 'empty', express: 0.97, fastify: 0.97 },
  { name: 'passOn', with: 'empty' },
  { name: 'rxjs', with: 'empty' },
  { name: 'ownError', with: 'nestError', express: 0.95, fastify: 0.9 },
  { name: 'constantError', with: 'nestError' },
  { name: 'customError', with: 'nestError' },
  { name: 'ownCrash', with: 'nestCrash' },
];

/** Each in a process of its own, so that nothing but the route decides how its code is compiled. */
async function compare(
  platform: 'express' | 'fastify',
  pair: readonly [Route, Route],
): Promise<readonly [Served[], Served[]]> {
  const servers = [
    await Server.start(platform, pair[0].application),
    await Server.start(platform, pair[1].application),
  ] as const;
  for (const side of [0, 1] as const) await servers[side].load(pair[side].path, WARM_UP_SECONDS);
  const results: readonly [Served[], Served[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    for (const side of order) {
      results[side].push(await servers[side].load(pair[side].path, SECONDS));
    }
  }
  await Promise.all(servers.map((server) => server.stop()));
  return results;
}

async function measure(platform: 'express' | 'fastify'): Promise<void> {
  const rows: string[][] = [];
  const wanted: Goal[] = [];
  for (const { name, with: other, ...least } of PAIRS) {
    const [own, others] = await compare(platform, [ROUTES[name], ROUTES[other]]);
    const shares = own.map((each, i) => each.perSecond / (others[i]?.perSecond ?? NaN));
    const share = median(shares);
    const extraUs = median(own.map((each, i) => each.cpuUs - (others[i]?.cpuUs ?? NaN)));
    const what = `${ROUTES[name].title} / ${ROUTES[other].title}`;
    rows.push([
      what,
      number(median(own.map(({ perSecond }) => perSecond))),
      number(median(others.map(({ perSecond }) => perSecond))),
      number(share),
      `${number(Math.min(...shares))} - ${number(Math.max(...shares))}`,
      number(median(own.map(({ cpuUs }) => cpuUs))),
      extraUs.toFixed(1),
    ]);
    const atLeast = least[platform];
    if (atLeast !== undefined) wanted.push({ what, value: share, atLeast });
  }
  table(['', 'requests/s', 'compared', 'share', 'of rounds', 'CPU us', 'more CPU us'], rows);
  goals(wanted);
}

/** Requests a second, the load in one process and the server in another. */
export async function http(): Promise<void> {
  keepTo(LOAD_CORE, process.pid);
  for (const platform of ['express', 'fastify'] as const) {
    heading(`Over HTTP on ${platform}`);
    await measure(platform);
  }
  keepTo(ALL_CORES, process.pid);
}
