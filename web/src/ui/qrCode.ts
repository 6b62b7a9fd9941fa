import { html, nothing, svg, type TemplateResult } from "lit";

/** A QR code as the path of its dark squares, and its width with the light margin that readers need. */
export interface Squares {
  path: string;
  width: number;
}

/** Long texts are drawn with less to spare for damage, so that the squares stay large. */
const longText = 250;

/** No code holds more bytes. */
export const longestCode = 2953;

const kMargin = 4;
/** Codes of more squares across are shown larger. */
const fineWidth = 69;

export async function drawCode(text: string): Promise<Squares> {
  const { encodeQR } = await import("qr");
  const ecc = text.length > longText ? "low" : "medium";
  const rows = encodeQR(text, "raw", { ecc, border: kMargin });
  let path = "";
  for (const [y, row] of rows.entries()) {
    for (const [x, dark] of row.entries()) if (dark) path += `M${x} ${y}h1v1h-1z`;
  }
  return { path, width: rows.length };
}

export function codeView(squares: Squares | undefined, label: string): TemplateResult {
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
