import { writeFile } from "node:fs/promises";

// What a camera sees that is held before a screen with QR codes, as a film for Chromium's fake camera.

/** The dark squares of a code with its margin, row by row. */
export type Squares = boolean[][];

const width = 1280;
const height = 720;
const kSide = 560; // pixels of a code with its margin,
const kTurn = 0.06; // turned by so many radians,
const kFramesEach = 2; // at four a second

/** Each code in turn; the film begins anew at its end. */
export async function filmCodes(file: string, codes: Squares[]): Promise<void> {
  const chroma = Buffer.alloc((width * height) / 2, 128);
  const parts: Buffer[] = [Buffer.from(`YUV4MPEG2 W${width} H${height} F4:1 Ip A1:1 C420jpeg\n`)];
  for (const code of codes) {
    for (let i = 0; i < kFramesEach; ++i) parts.push(Buffer.from("FRAME\n"), seen(code), chroma);
  }
  await writeFile(file, Buffer.concat(parts));
}

/** Light of each pixel: blurred, grainy, neither black nor white. */
function seen(code: Squares): Buffer {
  const light = Buffer.alloc(width * height);
  const perPixel = code.length / kSide;
  const [cos, sin] = [Math.cos(kTurn) * perPixel, Math.sin(kTurn) * perPixel];
  const centre = code.length / 2;
  const at = (x: number, y: number) => {
    const column = Math.floor(x * cos + y * sin + centre);
    const row = Math.floor(y * cos - x * sin + centre);
    const dark = code[row]?.[column];
    return dark === undefined ? 110 : dark ? 50 : 210;
  };
  let grain = 1;
  for (let i = 0; i < light.length; ++i) {
    const [x, y] = [(i % width) - width / 2, Math.floor(i / width) - height / 2];
    const blurred = (at(x, y) + at(x + 0.8, y) + at(x, y + 0.8) + at(x + 0.8, y + 0.8)) / 4;
    grain = (Math.imul(grain, 1103515245) + 12345) >>> 0;
    light[i] = blurred + (grain >>> 27) - 16;
  }
  return light;
}
