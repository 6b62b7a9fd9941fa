import type { ImportReport, Trainer } from "../index.ts";
import { counted } from "./format.ts";

/** What a visitor can take away. */
export type FileKind = "model" | "onnx" | "checkpoint";

const endings: Record<FileKind, string> = {
  model: ".safetensors",
  onnx: ".onnx",
  checkpoint: ".checkpoint.safetensors",
};

export async function fileOf(trainer: Trainer, kind: FileKind): Promise<File> {
  const bytes = await bytesOf(trainer, kind);
  const name = `${trainer.task.id}-round-${trainer.round()}${endings[kind]}`;
  return new File([bytes as Uint8Array<ArrayBuffer>], name, { type: "application/octet-stream" });
}

function bytesOf(trainer: Trainer, kind: FileKind): Promise<Uint8Array> {
  switch (kind) {
    case "model":
      return trainer.exportModel();
    case "onnx":
      return trainer.exportOnnx();
    case "checkpoint":
      return trainer.saveCheckpoint();
  }
}

/** Takes a file over, a checkpoint with its training; what is to be said of it. */
export async function takeFile(
  trainer: Trainer,
  bytes: Uint8Array,
  name: string,
  strict: boolean,
): Promise<string> {
  if (strict && isCheckpoint(bytes)) {
    await trainer.loadCheckpoint(bytes);
    return `Training goes on from ${name}.`;
  }
  const report = await trainer.importModel(bytes, { strict });
  return strict ? `Loaded from ${name}.` : `From ${name}: ${wordsOf(report)}.`;
}

function wordsOf({ read, kept, left }: ImportReport): string {
  const parts = [`${counted(read.length, "tensor")} taken`];
  if (kept.length > 0) parts.push(`${kept.length} of the model stayed as they were`);
  if (left.length > 0) parts.push(`${left.length} of the file did not fit`);
  return parts.join(", ");
}

/** A checkpoint's header names the state of its training. */
export function isCheckpoint(file: Uint8Array): boolean {
  if (file.length < 8) return false;
  const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  const header = new TextDecoder().decode(file.subarray(8, 8 + length));
  return header.includes('"training_state.progress"');
}
