/** How a model file is read. */
export interface ImportOptions {
  /**
   * True by default: the file holds exactly the model's parameters. Otherwise what fits by name and
   * shape is taken, of a model of another task too.
   */
  strict?: boolean;
  /** How the names begin that are wanted: `["0.", "3."]`; all by default. */
  only?: readonly string[];
}

/** What became of a model file's tensors, by name. */
export interface ImportReport {
  /** They are in the model now. */
  read: string[];
  /** The file did not have them: they are as they were. */
  kept: string[];
  /** The file had them, the model has not taken them. */
  left: { name: string; reason: string }[];
}

/** As the core takes it. */
export function importTerms({ strict = true, only = [] }: ImportOptions): [boolean, string] {
  return [strict, only.join("\n")];
}

/** As the core writes it (wasm/boundary.h): a line a tensor. */
export function reportOf(text: string): ImportReport {
  const report: ImportReport = { read: [], kept: [], left: [] };
  for (const line of text.split("\n")) {
    const rest = line.slice(1);
    if (line.startsWith("+")) report.read.push(rest);
    else if (line.startsWith("=")) report.kept.push(rest);
    else if (line.startsWith("-")) {
      const at = rest.lastIndexOf(": ");
      report.left.push({ name: rest.slice(0, at), reason: rest.slice(at + 2) });
    }
  }
  return report;
}
