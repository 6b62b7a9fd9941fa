import { DeaiError } from "../../errors.ts";
import type { PartReport, Share } from "../model.ts";
import type { Variant } from "../probe.ts";
import type { FromHelper, HelperLink, ToHelper } from "./messages.ts";

export interface Shared extends PartReport {
  gradient: Float32Array<ArrayBuffer>;
}

interface Waiting<Value> {
  resolve(value: Value): void;
  reject(error: unknown): void;
}

/** The engine's hand on one helper. Once it has failed, every call rejects with that failure. */
export class Helper {
  private readonly ready: Promise<void>;
  private readied: Waiting<void> | undefined;
  private readonly waiting = new Map<number, Waiting<Shared>>();
  private lastId = 0;
  /** Why it is gone. */
  failure: DeaiError | undefined;

  constructor(private readonly link: HelperLink) {
    this.ready = new Promise((resolve, reject) => (this.readied = { resolve, reject }));
    this.ready.catch(() => {}); // told by start(), if anybody waits for it
    link.listen(
      (message) => this.receive(message),
      (cause) => this.end(new DeaiError("internal", `A helper of the engine failed: ${cause}`)),
    );
  }

  start(variant: Variant, glue: string, module: WebAssembly.Module, lock: string): Promise<void> {
    this.post({ kind: "start", variant, glue, module, lock });
    return this.ready;
  }

  /** `trained` is the helper's until it comes back as the gradient. */
  share(model: number, share: Share, trained: Float32Array<ArrayBuffer>): Promise<Shared> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      const id = ++this.lastId;
      this.waiting.set(id, { resolve, reject });
      const moved = [share.x.buffer, share.y.buffer as ArrayBuffer, trained.buffer];
      this.post({ kind: "share", model, id, share, trained }, moved);
    });
  }

  post(message: ToHelper, moved: ArrayBuffer[] = []): void {
    if (!this.failure) this.link.post(message, moved);
  }

  dispose(): void {
    this.end(new DeaiError("disposed", "The engine was disposed of."));
  }

  private receive(message: FromHelper): void {
    switch (message.kind) {
      case "ready":
        return this.readied?.resolve();
      case "shared": {
        const waiting = this.waiting.get(message.id);
        this.waiting.delete(message.id);
        return waiting?.resolve(message);
      }
      case "failed":
        return this.end(new DeaiError(message.code, message.text));
    }
  }

  private end(reason: DeaiError): void {
    if (this.failure) return;
    this.failure = reason;
    this.link.close();
    this.readied?.reject(reason);
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
  }
}
