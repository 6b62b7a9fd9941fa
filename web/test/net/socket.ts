import type { Socket } from "../../src/net/world.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A WebSocket whose server is in this process. */
export abstract class FakeSocket implements Socket {
  binaryType = "blob";
  readyState = 0;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onerror: Socket["onerror"] = null;

  abstract send(data: string | Bytes): void;

  open(): void {
    this.readyState = 1;
    this.onopen?.(undefined as never);
  }
  close(): void {
    this.readyState = 3;
  }
  tell(message: object | Bytes): void {
    const data = message instanceof Uint8Array ? message.buffer : JSON.stringify(message);
    this.onmessage?.({ data });
  }
  break(): void {
    this.readyState = 3;
    this.onclose?.({ code: 1006, reason: "" });
  }
}
