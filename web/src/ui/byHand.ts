import { DeaiError } from "../errors.ts";
import { isSameRoom, placeLink, readInvitation } from "./invite.ts";
import { isRunning } from "./session.ts";
import type { Store } from "./store.ts";
import { kInvited, kNoInvitation, kOtherRoom, kOtherTask } from "./words.ts";
import type { Workbench } from "./workbench.ts";

/** The visitor connects with others by texts or codes that go from hand to hand. */
export class ByHand {
  constructor(
    private readonly store: Store,
    private readonly bench: Workbench,
    /** The page's address. */
    private readonly base: string,
  ) {}

  /** The invitation as a link. */
  get link(): string | undefined {
    const { hand, place } = this.store.state;
    const { invitation: offer } = hand;
    return offer === undefined ? undefined : placeLink(this.base, { ...place, offer });
  }

  async invite(): Promise<void> {
    await this.store.guard("hand", async () => {
      const invitation = await this.bench.trainer?.invite();
      if (invitation !== undefined) this.store.set({ hand: { invitation } });
    });
  }

  /**
   * Whether it was an invitation or an answer that fits. A link that invites also says where to; before
   * training begins, the page goes there, and answers as soon as it trains.
   */
  async takeText(text: string): Promise<boolean> {
    let taken = false;
    await this.store.guard("hand", async () => {
      const { session, place } = this.store.state;
      const link = readInvitation(text);
      if (!isRunning(session)) this.accept(link, text.trim());
      else if (link && !isSameRoom(link, place)) throw new DeaiError("by-hand", kOtherRoom);
      else await this.answer(link?.offer ?? text);
      taken = true;
    });
    return taken;
  }

  /** The invitation that the page's own link brought is answered once. */
  answerLink(): void {
    const { place } = this.store.state;
    if (place.offer === undefined) return;
    this.store.set({ place: { ...place, offer: undefined } });
    void this.takeText(place.offer);
  }

  private accept(link: ReturnType<typeof readInvitation>, text: string): void {
    const { place } = this.store.state;
    if (link === undefined && !text.startsWith("deai-offer-")) throw new DeaiError("by-hand", kNoInvitation);
    if (link && link.task !== place.task) throw new DeaiError("by-hand", kOtherTask);
    const { room, secret, taken } = link ?? place;
    const via = { kind: "byHand" as const, urls: [] };
    this.store.set({
      place: { ...place, room, secret, taken, via, offer: link?.offer ?? text },
      hand: { note: kInvited },
      ...(link && { invited: true }),
    });
  }

  private async answer(text: string): Promise<void> {
    const answer = await this.bench.trainer?.answer(text);
    if (answer === undefined) {
      this.store.set({ hand: { note: "That fits. You are being connected." } });
      return;
    }
    const { invitation: _answered, ...hand } = this.store.state.hand;
    this.store.set({ hand: { ...hand, answer, note: "Send the answer back, and keep this page open." } });
  }
}
