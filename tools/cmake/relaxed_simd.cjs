// Preloaded by `node --require` to run the relaxed build: Node 20 has relaxed SIMD behind a flag, which Node 22, where it
// is always on, refuses on its command line.
if (Number(process.versions.node.split(".")[0]) < 22) {
  require("node:v8").setFlagsFromString("--experimental-wasm-relaxed-simd");
}
