import type Papa from "papaparse";
import { breathe, dataError, isGzip, unpackGzip } from "./bytes.ts";
import { encodeCells } from "./cells.ts";
import type { DecodedSamples } from "./types.ts";

const kChunkCharacters = 1 << 20; // parsed between two breaths
const kDelimiters = [",", ";", "\t", "|"];
const kMaxBytes = 1 << 29; // an unpacked table; a JavaScript string holds no more

/**
 * CSV → cells, the header row included. The delimiter (comma, semicolon, tab, bar) is found in the header;
 * white space around a cell is dropped; row numbers in refusals count the header as row 1.
 */
export async function decodeCsv(
  name: string,
  file: Uint8Array,
  signal?: AbortSignal,
): Promise<DecodedSamples> {
  const rows = await readRows(name, file, signal);
  const [header = [], ...body] = rows;
  body.forEach((row, index) => {
    const fault = rowFault(header, row);
    if (fault !== undefined) throw dataError(name, `row ${index + 2} ${fault}`);
  });
  return { kind: "table", source: name, cells: encodeCells(rows) };
}

/**
 * The rows of a CSV file as they stand there, trimmed, the header row first. Blank lines at the end
 * and empty cells behind the header's go; rows may be wrong otherwise (see rowFault).
 */
export async function readRows(
  name: string,
  file: Uint8Array,
  signal?: AbortSignal,
): Promise<string[][]> {
  const plain = isGzip(file) ? await unpackGzip(name, file, () => kMaxBytes, signal) : file;
  return trimmedRows(name, await parseRows(name, textOf(name, plain), signal));
}

/** What is wrong with a row below this header, apart from what its cells say. */
export function rowFault(header: readonly string[], row: readonly string[]): string | undefined {
  if (row.every((cell) => cell === "")) return "is empty";
  if (row.length === header.length) return undefined;
  return `has ${row.length} cells; expected ${header.length}, as in the header row`;
}

function textOf(name: string, bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0x50 && b === 0x4b) {
    throw dataError(name, "this is a spreadsheet or zip file, not text; save it as CSV (UTF-8)");
  }
  const encoding =
    a === 0xff && b === 0xfe ? "utf-16le" : a === 0xfe && b === 0xff ? "utf-16be" : "utf-8";
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text.replace(/\r\n?/g, "\n");
  } catch (error) {
    throw dataError(name, "this is not UTF-8 text; save it as CSV (UTF-8)", { cause: error });
  }
  throw dataError(name, "this is not a text file; expected CSV (UTF-8) with a header row");
}

/** The one that makes most cells of the header row; column names seldom hold any. */
function delimiterOf(papa: typeof Papa, text: string): string {
  const cells = kDelimiters.map((delimiter) => {
    const { data } = papa.parse<string[]>(text, { delimiter, newline: "\n", preview: 1 });
    return data[0]?.length ?? 0;
  });
  return kDelimiters[cells.indexOf(Math.max(...cells))] ?? ",";
}

async function parseRows(name: string, text: string, signal?: AbortSignal): Promise<string[][]> {
  // Fetched by those who read tables only.
  const { default: papa } = await import("papaparse");
  const rows: string[][] = [];
  return new Promise((resolve, reject) => {
    papa.parse<string[]>(text, {
      delimiter: delimiterOf(papa, text),
      newline: "\n",
      chunkSize: kChunkCharacters,
      chunk: ({ data, errors }: Papa.ParseResult<string[]>, parser: Papa.Parser) => {
        const fault = errors.find((error) => error.type === "Quotes");
        if (fault !== undefined || signal?.aborted === true) {
          const row = rows.length + (fault?.row ?? 0) + 1;
          const text = `row ${row}: a quoted cell is not closed, or has text behind its closing quote`;
          reject(signal?.reason ?? dataError(name, text));
          parser.abort();
          return;
        }
        for (const row of data) rows.push(row);
        parser.pause();
        void breathe().then(() => parser.resume());
      },
      complete: () => resolve(rows),
    });
  });
}

function trimmedRows(name: string, rows: string[][]): string[][] {
  const trimmed = rows.map((row) => row.map((cell) => cell.trim()));
  while (trimmed.length > 0 && trimmed.at(-1)?.every((cell) => cell === "")) trimmed.pop();
  const [header, ...body] = trimmed;
  if (header === undefined || header.every((cell) => cell === "")) {
    throw dataError(
      name,
      trimmed.length === 0
        ? "is empty; expected a header row and rows of cells"
        : "row 1 is empty; expected the column names",
    );
  }
  while (header.at(-1) === "") header.pop();
  if (body.length === 0)
    throw dataError(name, "has a header row only; expected rows of cells below it");
  for (const row of body) while (row.length > header.length && row.at(-1) === "") row.pop();
  return trimmed;
}
