import autocannon from 'autocannon';
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('./server.child.js', import.meta.url));
const CONNECTIONS = 50;

const CORES = availableParallelism();

/**
 * Keeps a process to these cores, where the system can. Where the server and its load share all of
 * them, a server that is slower by 2 us lets the load fall asleep between two answers, and waking
 * it up costs the server several times that.
 */
export function keepTo(cores: string, pid: number | undefined): void {
  if (CORES < 2) return;
  try {
    execFileSync('taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' });
  } catch {
    // Without it the figures are those of a busy machine.
  }
}

export const SERVER_CORE = '0';
export const LOAD_CORE = '1';
export const ALL_CORES = `0-${CORES - 1}`;

export interface Served {
  readonly perSecond: number;
  /** Of the server process. */
  readonly cpuUs: number;
}

/** A server in a process of its own. */
export class Server {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(platform: string, application: string): Promise<Server> {
    const child = fork(SERVER, [platform, application]);
    keepTo(SERVER_CORE, child.pid);
    const died = once(child, 'exit').then(([code]) => {
      throw new Error(`The ${platform} server of "${application}" ended at boot with ${code}.`);
    });
    const [port] = (await Promise.race([once(child, 'message'), died])) as [number];
    died.catch(() => undefined); // later on it ends because it is told to
    return new Server(child, port);
  }

  private async cpuUs(): Promise<number> {
    this.child.send('cpu');
    const [{ user, system }] = (await once(this.child, 'message')) as [NodeJS.CpuUsage];
    return user + system;
  }

  /** What the server makes of as many requests as fit into the time. */
  async load(path: string, seconds: number): Promise<Served> {
    const before = await this.cpuUs();
    const { requests, duration, errors } = await autocannon({
      url: `http://127.0.0.1:${this.port}/${path}`,
      connections: CONNECTIONS,
      duration: seconds,
    });
    if (errors > 0) throw new Error(`${errors} requests to /${path} had no answer.`);
    const cpuUs = (await this.cpuUs()) - before;
    return { perSecond: requests.total / duration, cpuUs: cpuUs / requests.total };
  }

  async stop(): Promise<void> {
    this.child.kill();
    await once(this.child, 'exit');
  }
}
