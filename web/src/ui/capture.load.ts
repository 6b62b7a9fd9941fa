import type { CodeReader } from "./codeReader.ts";

/** Makes <deai-camera> and <deai-capture> known; their code comes with the first who wants them. */
export async function loadCapture(): Promise<void> {
  const [, { DeaiCapture }] = await Promise.all([loadCamera(), import("./capture.ts")]);
  define("deai-capture", DeaiCapture);
}

/** Makes <deai-camera> and <deai-read-code> known, with what the latter reads by. */
export async function loadCodeReader(): Promise<CodeReader> {
  const [, { DeaiReadCode }, { openCodeReader }] = await Promise.all([
    loadCamera(),
    import("./readCode.ts"),
    import("./codeReader.ts"),
  ]);
  define("deai-read-code", DeaiReadCode);
  return openCodeReader();
}

async function loadCamera(): Promise<void> {
  const { DeaiCamera } = await import("./camera.ts");
  define("deai-camera", DeaiCamera);
}

function define(name: string, element: CustomElementConstructor): void {
  if (customElements.get(name) === undefined) customElements.define(name, element);
}
