import { html, nothing, svg, type TemplateResult } from "lit";

/** A QR code as the path of its dark squares, and its width. */
export interface Squares {
  path: string;
  width: number;
}

/** Long texts are drawn with less to spare for damage, so that the squares stay large. */
const longText = 300;

export async function drawCode(text: string): Promise<Squares> {
  const { default: qrcode } = await import("qrcode-generator");
  const code = qrcode(0, text.length > longText ? "L" : "M");
  code.addData(text);
  code.make();
  const width = code.getModuleCount();
  let path = "";
  for (let row = 0; row < width; ++row) {
    for (let column = 0; column < width; ++column) {
      if (code.isDark(row, column)) path += `M${column} ${row}h1v1h-1z`;
    }
  }
  return { path, width };
}

export function codeView(squares: Squares | undefined, label: string): TemplateResult {
  return html`<div class="code">
    ${
      squares === undefined
        ? nothing
        : svg`<svg viewBox="-4 -4 ${squares.width + 8} ${squares.width + 8}"
            role="img" aria-label=${label} shape-rendering="crispEdges">
            <path d="M-4-4h${squares.width + 8}v${squares.width + 8}h-${squares.width + 8}z" fill="#fff"/>
            <path d=${squares.path} fill="#000"/>
          </svg>`
    }
  </div>`;
}
