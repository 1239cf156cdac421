import { CreativeRejectedError, ValidationError } from 'nestjs-retryable';
import { partFailure } from '../http/part-failure.js';
import type { RequestInfo } from '../http/request-info.js';
import type { PartResult, PartStatus, PlannedPart } from './campaign-plan.js';

/** Creates the parts of one campaign in turn and keeps account of what became of each. */
export class CampaignParts {
  readonly counts: Record<PartStatus, number> = {
    created: 0,
    failed: 0,
    unconfirmed: 0,
    not_attempted: 0,
  };
  private stopped = false;

  constructor(private readonly info: RequestInfo) {}

  get isComplete(): boolean {
    return this.counts.failed + this.counts.unconfirmed + this.counts.not_attempted === 0;
  }

  /**
   * Creates a part unless it has an id, or there is no use in trying.
   *
   * @param parentId what it belongs to, undefined where that is missing
   * @throws the error of the first part, if it is surely not there
   */
  async create<Part extends PlannedPart>(
    part: Part,
    parentId: string | undefined,
    create: (parentId: string) => Promise<string>,
  ): Promise<Part & PartResult> {
    const result = await this.attempt(part, parentId, create);
    this.counts[result.status]++;
    return { ...part, ...result };
  }

  private async attempt(
    part: PlannedPart,
    parentId: string | undefined,
    create: (parentId: string) => Promise<string>,
  ): Promise<PartResult> {
    if (part.id !== undefined) return { id: part.id, status: 'created' };
    if (parentId === undefined || this.stopped) return { status: 'not_attempted' };
    try {
      return { id: await create(parentId), status: 'created' };
    } catch (error) {
      const failure = partFailure(error, this.info);
      // That was the campaign itself: nothing is there to tell of.
      if (failure.status === 'failed' && this.counts.created === 0) throw error;
      this.stopped = !concernsThatPartAlone(error);
      return failure.status === 'failed'
        ? failure
        : { status: 'unconfirmed', error: { ...failure.error, retry_allowed: false } };
    }
  }
}

/** An ad that was refused says nothing of the next; a token that has expired does. */
function concernsThatPartAlone(error: unknown): boolean {
  return error instanceof CreativeRejectedError || error instanceof ValidationError;
}
