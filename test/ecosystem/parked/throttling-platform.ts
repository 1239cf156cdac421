import type { ServerResponse } from 'node:http';
import { HttpPlatform, type Asked } from './http-platform.js';

/** An account is refused for a second after so many calls. */
const LIMIT = 500;
const BLOCK_MS = 1000;

/** A platform that puts all calls off until it is opened, and then limits each account. */
export class ThrottlingPlatform extends HttpPlatform {
  /** By the key of each call, how often it was made. */
  readonly made = new Map<string, number>();
  /** By the process, how many it has made. */
  readonly makers = new Map<string, number>();
  /** How often a campaign was looked for, and how often a request was refused. */
  lookups = 0;
  refusals = 0;
  isOpen = false;
  private readonly accounts = new Map<string, { made: number; blockedUntil: number }>();
  private readonly created = new Set<string>();

  protected serve(asked: Asked, response: ServerResponse): void {
    const { method, name } = asked;
    const isLookup = method === 'GET' && name.startsWith('campaign');
    if (!isLookup) return this.make(asked, response);
    this.lookups++;
    if (this.created.has(name)) response.end(JSON.stringify({ id: name }));
    else response.writeHead(404).end();
  }

  private make({ account: id, name, key, process }: Asked, response: ServerResponse): void {
    const account = this.accounts.get(id) ?? { made: 0, blockedUntil: 0 };
    this.accounts.set(id, account);
    if (!this.isOpen) return this.refuse(response, 1200);
    if (Date.now() < account.blockedUntil) return this.refuse(response, BLOCK_MS / 1000);
    if (++account.made % LIMIT === 0) account.blockedUntil = Date.now() + BLOCK_MS;
    this.made.set(key, (this.made.get(key) ?? 0) + 1);
    this.makers.set(process, (this.makers.get(process) ?? 0) + 1);
    this.created.add(name);
    response.end(JSON.stringify({ id: name }));
  }

  private refuse(response: ServerResponse, seconds: number): void {
    this.refusals++;
    response.writeHead(429, { 'retry-after': String(seconds) }).end();
  }
}
