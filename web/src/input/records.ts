import type { Task } from "../task.ts";
import { dataError } from "./bytes.ts";
import { encodeCells } from "./cells.ts";
import { isImageTask, type ImageTask } from "./images.ts";
import { classIndex, classList } from "./labels.ts";
import { pixelsOf, type Picture } from "./pixels.ts";
import type { DecodedSamples } from "./types.ts";

export type CellValue = string | number | boolean | null | undefined;
/** One row of a table: column names and values; null, undefined and NaN are empty cells. */
export type TableRecord = Record<string, CellValue>;

/**
 * Rows of a table; pictures (ImageData, or the same fields); the bytes of all pictures in a row;
 * or numbers as the model takes them, flat or one array per sample.
 */
export type RecordInputs =
  | readonly TableRecord[]
  | readonly Picture[]
  | Uint8Array
  | Uint8ClampedArray
  | Float32Array
  | readonly (Float32Array | readonly number[])[];

/** One per sample: a class by name or index (a name goes first), or the number to be predicted. */
export type RecordLabels = ArrayLike<string | number | boolean>;

const kSource = "inputs";

/** Plain objects and arrays → samples. Without labels they serve prediction only. */
export function decodeRecords(
  task: Task,
  inputs: RecordInputs,
  labels?: RecordLabels,
): DecodedSamples {
  if (inputs instanceof Float32Array) return dense(task, inputs, labels);
  if (inputs instanceof Uint8Array || inputs instanceof Uint8ClampedArray) {
    return images(imageTask(task, "bytes of pictures"), new Uint8Array(inputs), labels);
  }
  const [first] = inputs;
  if (first === undefined) throw dataError(kSource, "holds no samples");
  if (isNumbers(first))
    return dense(task, flattened(task, inputs as readonly ArrayLike<number>[]), labels);
  if (isPicture(first)) {
    return images(
      imageTask(task, "pictures"),
      scaled(task as ImageTask, inputs as readonly Picture[]),
      labels,
    );
  }
  return table(task, inputs as readonly TableRecord[], labels);
}

function dense(task: Task, inputs: Float32Array, labels?: RecordLabels): DecodedSamples {
  const count = samplesIn(inputs.length, inputSize(task), "numbers");
  return {
    kind: "dense",
    source: kSource,
    inputs,
    labels: Float32Array.from(labelsOf(task, count, labels)),
  };
}

function images(task: ImageTask, pixels: Uint8Array, labels?: RecordLabels): DecodedSamples {
  const count = samplesIn(pixels.length, inputSize(task), "bytes");
  return {
    kind: "images",
    source: kSource,
    pixels,
    labels: Uint32Array.from(labelsOf(task, count, labels)),
  };
}

function table(task: Task, records: readonly TableRecord[], labels?: RecordLabels): DecodedSamples {
  if (task.data.kind !== "table") {
    throw dataError(
      kSource,
      task.data.kind === "text"
        ? `task ${task.id} learns from texts; expected { text } or { files }`
        : `task ${task.id} learns from images; expected pictures, bytes or numbers`,
    );
  }
  const { columns, label_column: labelColumn } = task.data;
  checkCount(records.length, labels);
  const header = columns.map((column) => column.name);
  const labelled = labels !== undefined || records.some((record) => labelColumn in record);
  const rows = records.map((record, i) => {
    checkRecord(record, i, [...header, labelColumn]);
    const cells = header.map((name) => cellOf(record, i, name));
    if (labelled)
      cells.push(labels === undefined ? cellOf(record, i, labelColumn) : String(labels[i]));
    return cells;
  });
  const names = labelled ? [...header, labelColumn] : header;
  return { kind: "table", source: kSource, cells: encodeCells([names, ...rows]) };
}

/** A misspelt field would otherwise pass as an empty cell. */
function checkRecord(record: TableRecord, index: number, names: string[]): void {
  if (typeof record !== "object" || record === null) {
    throw dataError(`${kSource}[${index}]`, "is no object with the task's columns as fields");
  }
  if (names.some((name) => name in record)) return;
  throw dataError(
    `${kSource}[${index}]`,
    `has none of the task's columns; expected ${names.join(", ")}`,
  );
}

function cellOf(record: TableRecord, index: number, name: string): string {
  const value = record[name];
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "object") {
    throw dataError(
      `${kSource}[${index}]`,
      `field '${name}' holds an object; expected text or a number`,
    );
  }
  return String(value).trim();
}

function labelsOf(task: Task, count: number, labels: RecordLabels | undefined): number[] {
  if (labels === undefined) return [];
  checkCount(count, labels);
  const classes = task.data.classes ?? [];
  return Array.from(labels, (label, i) => {
    const where = `labels[${i}]`;
    if (classes.length === 0) {
      if (label !== "" && Number.isFinite(Number(label))) return Number(label);
      throw dataError(where, `'${label}' is no number; expected the number to be predicted`);
    }
    const index = classIndex(task, String(label)) ?? (typeof label === "number" ? label : -1);
    if (Number.isInteger(index) && index >= 0 && index < classes.length) return index;
    throw dataError(where, `'${label}' is unknown; expected ${classList(task)}`);
  });
}

function checkCount(count: number, labels: RecordLabels | undefined): void {
  if (labels !== undefined && labels.length !== count) {
    throw dataError("labels", `${labels.length} were given for ${count} samples; expected as many`);
  }
}

function samplesIn(length: number, size: number, unit: string): number {
  if (length > 0 && length % size === 0) return length / size;
  throw dataError(kSource, `${length} ${unit} are no whole number of samples of ${size}`);
}

function flattened(task: Task, inputs: readonly ArrayLike<number>[]): Float32Array {
  const size = inputSize(task);
  const flat = new Float32Array(inputs.length * size);
  inputs.forEach((input, i) => {
    if (input.length !== size) {
      throw dataError(`${kSource}[${i}]`, `has ${input.length} numbers; expected ${size}`);
    }
    flat.set(input, i * size);
  });
  return flat;
}

function scaled(task: ImageTask, pictures: readonly Picture[]): Uint8Array {
  const size = inputSize(task);
  const pixels = new Uint8Array(pictures.length * size);
  pictures.forEach((picture, i) => {
    const { width, height, data } = picture;
    if (!(width > 0 && height > 0 && data.length === 4 * width * height)) {
      throw dataError(
        `${kSource}[${i}]`,
        "is no picture of width × height × 4 bytes (red, green, blue, opacity)",
      );
    }
    pixels.set(pixelsOf(picture, task.data), i * size);
  });
  return pixels;
}

/** Numbers per sample as the model takes them: pixels and channels, or one-hot columns. */
function inputSize(task: Task): number {
  const { data } = task;
  if (data.kind === "text") {
    throw dataError(kSource, `task ${task.id} learns from texts; expected { text } or { files }`);
  }
  if (data.kind === "image") return data.height * data.width * data.channels;
  return data.columns.reduce(
    (sum, column) => sum + (column.kind === "category" ? column.values.length : 1),
    0,
  );
}

function imageTask(task: Task, what: string): ImageTask {
  if (isImageTask(task)) return task;
  throw dataError(
    kSource,
    `task ${task.id} learns from a table; expected objects or numbers, found ${what}`,
  );
}

function isNumbers(input: unknown): input is ArrayLike<number> {
  return Array.isArray(input) || input instanceof Float32Array;
}

function isPicture(input: object): input is Picture {
  return "width" in input && "height" in input && "data" in input && ArrayBuffer.isView(input.data);
}
