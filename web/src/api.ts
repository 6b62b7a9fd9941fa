// What both entries, for browsers and for Node, export beside createTrainer.
export { DeaiError } from "./errors.ts";
export { loadTask, type LoadedTask, type Task } from "./task.ts";
export type { ImportOptions, ImportReport } from "./engine/imports.ts";
export type { GenerationOptions } from "./engine/generation.ts";
export type { EngineOptions } from "./engine/client.ts";
export type {
  CellValue,
  InputFile,
  RecordInputs,
  RecordLabels,
  TableRecord,
} from "./input/index.ts";
export type { OnnxOptions } from "./onnx/export.ts";
export type { SignallingChoice } from "./net/signalling.ts";
export type { LinkPath, LinkStatistics } from "./net/types.ts";
export type {
  CallOptions,
  Evaluation,
  Metrics,
  Mode,
  Prediction,
  PredictInputs,
  RunningMode,
  RunOptions,
  SampleSource,
  Trainer,
  TrainerEvent,
  TrainerMemory,
  TrainerOptions,
  TrainerState,
  TrainerStatistics,
} from "./trainer/types.ts";
