import { DeaiError } from "../errors.ts";
import type { Helper } from "./helpers/helper.ts";
import { Team } from "./helpers/team.ts";
import type { PartReport } from "./model.ts";
import type { CoreParticipant, ParticipantConfig } from "./participant.ts";

/** The helpers of a participant: they work on parts of its batches. */
export class Crew {
  /** Why it can help no more. */
  failure: DeaiError | undefined;
  private helpers: Helper[] = [];
  private disposed = false;
  private readonly team: Promise<Team>;

  constructor(
    private readonly participant: CoreParticipant,
    config: ParticipantConfig,
    starting: Promise<Helper[]>,
  ) {
    const facts = participant.facts();
    this.team = starting.then((helpers) => {
      this.helpers = helpers;
      if (this.disposed) this.dispose();
      return new Team(helpers, 1, config.task, config.seed, facts);
    });
    this.team.catch((error: unknown) => this.fail(error));
  }

  /**
   * The batch of the participant's next step; undefined where the step counts no more, because it is
   * not wanted or the weights were set meanwhile. Rejects also where a helper failed, see `failure`.
   */
  async batch(wanted: () => boolean): Promise<PartReport | undefined> {
    const holds = () => wanted() && this.participant.stepHolds();
    const team = await this.team;
    if (!wanted()) return undefined;
    const rows = this.participant.beginStep();
    try {
      const batch = await team.batch(this.participant, rows, holds);
      return batch && holds() ? batch : undefined;
    } catch (error) {
      const failed = this.helpers.find(({ failure }) => failure);
      if (failed) this.fail(failed.failure);
      throw error;
    }
  }

  dispose(): void {
    this.disposed = true;
    for (const helper of this.helpers) helper.dispose();
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof DeaiError ? error : new DeaiError("internal", String(error));
  }
}
