import { DeaiError } from "../errors.ts";
import type {
  NoticeKind,
  WasmModule,
  WasmNotice,
  WasmOutcome,
  WasmPlace,
  WasmStatus,
} from "./wasm.ts";

// The rules of wasm/README.md in one place: bytes are staged and copied out at once, a code that is
// not empty becomes a DeaiError with the core's own text.

/** Something that happened; see core/protocol/outcome.h for what each kind fills. */
export type Notice = WasmNotice;
export type { NoticeKind };

export interface Frame {
  link: number;
  bytes: Uint8Array;
}

/** Everything that the shell has to do after an event. */
export interface Outcome {
  frames: Frame[];
  /** Links to close after sending. */
  closes: number[];
  notices: Notice[];
  /** When time() is to be called; -1: nothing to wait for. */
  wakeAtMs: number;
  trainingWanted: boolean;
  modelChanged: boolean;
}

export function valueOf<Result extends WasmStatus>(result: Result): Result {
  if (result.code !== "") throw new DeaiError(result.code, result.text);
  return result;
}

/** Writes parts one after the other to where the next call reads them. */
export function staged(module: WasmModule, ...parts: ArrayBufferView[]): void {
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const at = size > 0xffff_ffff ? 0 : module.stage(size);
  if (at === 0 && size > 0) {
    throw new DeaiError("memory", `The browser gave the engine no room for ${size} bytes.`);
  }
  let offset = at;
  for (const part of parts) {
    // The heap's view is taken after stage(), which may have moved it.
    module.HEAPU8.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
}

/** A copy of the bytes that a call handed out. */
export function copied(module: WasmModule, place: WasmPlace): Uint8Array<ArrayBuffer> {
  return module.HEAPU8.slice(place.at, place.at + place.size);
}

export function outcomeOf(module: WasmModule, result: WasmOutcome): Outcome {
  valueOf(result);
  return {
    frames: result.size === 0 ? [] : framesOf(copied(module, result)),
    closes: result.closes ?? [],
    notices: result.notices ?? [],
    wakeAtMs: result.wakeAtMs,
    trainingWanted: result.trainingWanted,
    modelChanged: result.modelChanged,
  };
}

function framesOf(bytes: Uint8Array): Frame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = view.getUint32(at + 4, true);
    frames.push({ link: view.getUint32(at, true), bytes: bytes.subarray(at + 8, at + 8 + size) });
    at += 8 + size;
  }
  return frames;
}
