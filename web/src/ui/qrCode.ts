import { html, nothing, svg, type TemplateResult } from "lit";

/** A QR code as the path of its dark squares, and its width with the light margin that readers need. */
export interface Squares {
  path: string;
  width: number;
}

/** Long texts are drawn with less to spare for damage, so that the squares stay large. */
const longText = 250;

/** What draws codes. */
export function loadCodeWriter(): Promise<typeof import("qr")> {
  return import("qr");
}

/** No code holds more bytes. */
const longestCode = 2953;

const kMargin = 4;
/** Codes of more squares across are shown larger. */
const fineWidth = 69;

/** A code, or why there is none. */
export async function drawCode(text: string): Promise<Squares | string> {
  if (text.length > longestCode) return "It is too long for one code: send it as a text.";
  const writer = await loadCodeWriter().catch(() => undefined);
  if (writer === undefined) return "What draws codes could not be loaded: send it as a text.";
  const { encodeQR } = writer;
  const ecc = text.length > longText ? "low" : "medium";
  const rows = encodeQR(text, "raw", { ecc, border: kMargin });
  let path = "";
  for (const [y, row] of rows.entries()) {
    for (const [x, dark] of row.entries()) if (dark) path += `M${x} ${y}h1v1h-1z`;
  }
  return { path, width: rows.length };
}

export function codeView(squares: Squares | string | undefined, label: string): TemplateResult {
  if (typeof squares === "string") return html`<p class="muted">${squares}</p>`;
  return html`<div class="code">
    ${
      squares === undefined
        ? nothing
        : svg`<svg class=${squares.width > fineWidth ? "fine" : ""} viewBox="0 0 ${squares.width} ${squares.width}"
            role="img" aria-label=${label} shape-rendering="crispEdges">
            <path d="M0 0h${squares.width}v${squares.width}H0z" fill="#fff"/>
            <path d=${squares.path} fill="#000"/>
          </svg>`
    }
  </div>`;
}
