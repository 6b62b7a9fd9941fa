// Where things lie.
import { fileURLToPath } from "node:url";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const root = at("../../..");
export const bench = at("..");
export const tasks = at("../../../tasks");
export const library = at("../../../web/dist/lib");
export const built = at("../../../.build");
export const tfjsWasm = at("../node_modules/@tensorflow/tfjs-backend-wasm/dist");
export const torchProgram = at("../torch/engine.py");
