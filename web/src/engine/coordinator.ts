import { copied, outcomeOf, staged, valueOf, type Outcome } from "./boundary.ts";
import type { WasmCoordinator, WasmModule } from "./wasm.ts";

/** core/session/coordinator.h as it is, in this thread. Throws DeaiError with the core's text. */
export class CoreCoordinator {
  readonly taskHash: string;

  constructor(
    private readonly module: WasmModule,
    private readonly handle: WasmCoordinator,
  ) {
    this.taskHash = valueOf(handle.taskHash()).value;
  }

  linkUp(link: number, now: number): Outcome {
    return outcomeOf(this.module, this.handle.linkUp(link, now));
  }
  linkDown(link: number, now: number): Outcome {
    return outcomeOf(this.module, this.handle.linkDown(link, now));
  }
  writable(link: number, bytes: number, now: number): Outcome {
    return outcomeOf(this.module, this.handle.writable(link, bytes, now));
  }
  received(link: number, frame: Uint8Array, now: number): Outcome {
    staged(this.module, frame);
    return outcomeOf(this.module, this.handle.received(link, frame.length, now));
  }
  time(now: number): Outcome {
    return outcomeOf(this.module, this.handle.time(now));
  }

  round(): number {
    return valueOf(this.handle.round()).value;
  }
  participantCount(): number {
    return valueOf(this.handle.participantCount()).value;
  }
  modelHash(): string {
    return valueOf(this.handle.modelHash()).value;
  }
  /** The room's model and head for the server's store. */
  save(): Uint8Array<ArrayBuffer> {
    return copied(this.module, valueOf(this.handle.save()));
  }
  /** False, and nothing changed, when the bytes are damaged or of another room, task or layout. */
  restore(saved: Uint8Array): boolean {
    staged(this.module, saved);
    return valueOf(this.handle.restore(saved.length)).value === 1;
  }
  dispose(): void {
    this.handle.delete();
  }
}
