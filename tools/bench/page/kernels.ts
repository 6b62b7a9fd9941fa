// Runs the program bench_kernels, an ES module of Emscripten's, and keeps what it prints.

interface Program {
  callMain(words: string[]): number;
}
type Factory = (options: { print(line: string): void }) => Promise<Program>;

export async function runKernels(variant: string, words: string[]): Promise<string> {
  const url = new URL(`kernels-${variant}/bench_kernels.mjs`, location.href).href;
  const { default: create } = (await import(url)) as { default: Factory };
  const lines: string[] = [];
  const program = await create({ print: (line) => lines.push(line) });
  program.callMain(words);
  return lines.join("\n");
}
