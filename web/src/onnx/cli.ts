#!/usr/bin/env node
// deai-onnx TASK.json MODEL.safetensors OUT.onnx [nchw|nhwc]: a model file as ONNX.
import { readFile, writeFile } from "node:fs/promises";
import { createEngine } from "../engine.node.ts";
import type { Task } from "../task.ts";
import { exportOnnx, type OnnxOptions } from "./export.ts";

const usage = "usage: deai-onnx TASK.json MODEL.safetensors OUT.onnx [nchw|nhwc]";

async function main([taskPath, modelPath, outPath, layout]: string[]): Promise<void> {
  if (taskPath === undefined || modelPath === undefined || outPath === undefined) {
    throw new Error(usage);
  }
  const task = JSON.parse(await readFile(taskPath, "utf8")) as Task;
  const engine = await createEngine();
  try {
    const model = engine.load(task);
    model.importModel(await readFile(modelPath));
    const options = layout === undefined ? {} : { layout: layout as OnnxOptions["layout"] & string };
    await writeFile(outPath, exportOnnx(model, task, options));
  } finally {
    engine.dispose();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
