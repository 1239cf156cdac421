import autocannon from 'autocannon';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('./server.child.js', import.meta.url));
const CONNECTIONS = 50;

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
