/** What a call does in the end; the same for every subject. */
export type Body = () => number | Promise<number>;

export type Call = () => Promise<number>;

/** Every subject gets the same: a limit for each attempt, three retries, no wait between them. */
export interface Settings {
  readonly limitMs: number;
  readonly retries: number;
}

/** Makes the call of a subject out of what it is to do. */
export type Maker = (body: Body, settings: Settings) => Call;

/** What every subject runs: an undecorated method of a service. */
export class Service {
  constructor(private readonly body: Body) {}

  async call(): Promise<number> {
    return this.body();
  }
}
