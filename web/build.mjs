// Bundles the package into dist/: lib/ (library, worker, wasm), server/, app/ (the page), types/.
//   node build.mjs [lib|server|app|types]...     all of them by default
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const web = path.dirname(fileURLToPath(import.meta.url));
const from = (...parts) => path.join(web, ...parts);
const dist = (...parts) => from("dist", ...parts);

const common = {
  absWorkingDir: web,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: true,
  legalComments: "linked",
  logLevel: "warning",
};
const browser = { ...common, platform: "browser", external: ["ws"] };
// Libraries in CommonJS call require() for Node's own modules.
const requireBanner =
  'import { createRequire as deaiCreateRequire } from "node:module"; const require = deaiCreateRequire(import.meta.url);';
const node = {
  ...common,
  platform: "node",
  target: "node20",
  external: ["ws"],
  banner: { js: requireBanner },
};

async function buildLib() {
  await Promise.all([
    build({
      ...browser,
      entryPoints: { deai: "src/index.ts" },
      outdir: "dist/lib",
      splitting: true,
      chunkNames: "chunk-[hash]",
    }),
    build({ ...browser, entryPoints: { worker: "src/engine/worker.ts" }, outdir: "dist/lib" }),
    build({ ...browser, entryPoints: { onnx: "src/onnx.ts" }, outdir: "dist/lib" }),
    build({
      ...browser,
      entryPoints: { tables: "src/tables.ts" },
      outdir: "dist/lib",
      splitting: true,
      chunkNames: "tables-[hash]",
    }),
    // Apart from the library: only who trains by hand loads it.
    build({
      ...browser,
      entryPoints: { engine: "src/engine.ts", helper: "src/engine/helpers/worker.ts" },
      outdir: "dist/lib",
    }),
    build({
      ...node,
      splitting: true,
      chunkNames: "chunk-[hash]",
      entryPoints: {
        "deai.node": "src/index.node.ts",
        "engine.node": "src/engine.node.ts",
        "helper.node": "src/engine/helpers/worker.node.ts",
        "onnx.cli": "src/onnx/cli.ts",
        "tables.cli": "src/tables/cli.ts",
      },
      outdir: "dist/lib",
    }),
    ...["simd", "relaxed", "threads"].flatMap((kind) => [copyWasm(kind), copyWasm(kind, "-gossip")]),
  ]);
}

async function copyWasm(kind, more = "") {
  const built = (file) => from("..", ".build", `wasm-${kind}`, "wasm", file);
  const [glue, wasm] = [`deai-${kind}${more}.mjs`, `deai-${kind}${more}.wasm`];
  if (!existsSync(built(glue))) {
    throw new Error(`${glue} is missing; run  tools/build wasm-${kind}`);
  }
  await copyFile(built(wasm), dist("lib", wasm));
  const { code } = await transform(await readFile(built(glue), "utf8"), { minify: true });
  await writeFile(dist("lib", glue), code);
}

async function buildServer() {
  const entryPoints = existing({
    main: "server/main.ts",
    index: "server/index.ts",
    engineWorker: "server/engineWorker.ts",
  });
  await build({ ...node, entryPoints, outdir: "dist/server" });
}

/** The page loads the library by its address, as everybody else does: one copy, cached once. */
const libraryIsExternal = {
  name: "library-is-external",
  setup({ onResolve }) {
    const own = { [from("src", "index.ts")]: "./lib/deai.js", [from("src", "tables.ts")]: "./lib/tables.js" };
    onResolve({ filter: /\/(index|tables)\.ts$/ }, ({ path: given, resolveDir }) => {
      const library = own[path.resolve(resolveDir, given)];
      return library === undefined ? undefined : { path: library, external: true };
    });
  },
};

async function buildApp() {
  const entryPoints = existing({ main: "app/main.ts", styles: "app/styles.css" });
  await build({
    ...browser,
    entryPoints,
    outdir: "dist/app",
    splitting: true,
    chunkNames: "chunk-[hash]",
    loader: { ".svg": "file", ".png": "file" },
    plugins: [libraryIsExternal],
  });
  for (const file of await readdir(from("app"))) {
    if (/\.(html|svg|png|ico|webmanifest)$/.test(file))
      await copyFile(from("app", file), dist("app", file));
  }
}

function buildTypes() {
  execFileSync(
    process.execPath,
    [from("node_modules/typescript/bin/tsc"), "-p", "tsconfig.types.json"],
    {
      cwd: web,
      stdio: "inherit",
    },
  );
}

function existing(entryPoints) {
  return Object.fromEntries(
    Object.entries(entryPoints).filter(([, file]) => existsSync(from(file))),
  );
}

const parts = { lib: buildLib, server: buildServer, app: buildApp, types: buildTypes };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`unknown part: ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
  const folder = dist(name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await parts[name]();
  const count = (await readdir(folder)).length;
  console.log(`dist/${name}: ${count} entries`);
}
