export { decodeFiles, type FileOptions, type InputFile } from "./files.ts";
export {
  decodeRecords,
  type CellValue,
  type RecordInputs,
  type RecordLabels,
  type TableRecord,
} from "./records.ts";
export { fetchBytes, loadSample, type ReadBytes } from "./sample.ts";
export { decodeText, decodeTokens, encodePrompt, isTextTask } from "./text.ts";
export type { DecodedSamples } from "./types.ts";
