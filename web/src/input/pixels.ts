/** A picture as a canvas hands it out: width × height × (red, green, blue, opacity). */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray | Uint8Array;
}

/** What a task asks of a picture. */
export interface PixelFormat {
  height: number;
  width: number;
  channels: 1 | 3;
}

/**
 * The middle of the picture in the format's aspect, scaled by the mean over each pixel's area;
 * transparent parts are white; grey is 0.30 red + 0.59 green + 0.11 blue. A picture that already
 * has the format's size keeps its exact values. Returns height × width × channels bytes.
 */
export function pixelsOf(picture: Picture, format: PixelFormat): Uint8Array {
  const crop = centreCrop(picture, format);
  const columns = spans(crop.left, crop.width, format.width, picture.width);
  const rows = spans(crop.top, crop.height, format.height, picture.height);
  const out = new Uint8Array(format.height * format.width * format.channels);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const [red, green, blue] = meanOf(picture, row, column);
      if (format.channels === 1) {
        out[at++] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
      } else {
        out[at++] = Math.round(red);
        out[at++] = Math.round(green);
        out[at++] = Math.round(blue);
      }
    }
  }
  return out;
}

export function centreCrop(
  picture: { width: number; height: number },
  format: { width: number; height: number },
): { left: number; top: number; width: number; height: number } {
  const scale = Math.min(picture.width / format.width, picture.height / format.height);
  const width = format.width * scale;
  const height = format.height * scale;
  return { left: (picture.width - width) / 2, top: (picture.height - height) / 2, width, height };
}

/** Which source pixels one target pixel covers, and how much of each. */
interface Span {
  first: number;
  weights: number[];
}

function spans(from: number, length: number, count: number, limit: number): Span[] {
  return Array.from({ length: count }, (_, i) => {
    const begin = from + (i * length) / count;
    const end = from + ((i + 1) * length) / count;
    const first = Math.min(Math.floor(begin), limit - 1);
    const last = Math.max(Math.min(Math.ceil(end), limit), first + 1);
    const weights: number[] = [];
    for (let k = first; k < last; ++k) weights.push(Math.min(end, k + 1) - Math.max(begin, k));
    return { first, weights };
  });
}

function meanOf(picture: Picture, row: Span, column: Span): [number, number, number] {
  const { data, width } = picture;
  let red = 0;
  let green = 0;
  let blue = 0;
  let area = 0;
  row.weights.forEach((vertical, i) => {
    let at = 4 * ((row.first + i) * width + column.first);
    for (const horizontal of column.weights) {
      const weight = vertical * horizontal;
      const opacity = (data[at + 3] ?? 0) / 255;
      const white = 255 * (1 - opacity);
      red += weight * ((data[at] ?? 0) * opacity + white);
      green += weight * ((data[at + 1] ?? 0) * opacity + white);
      blue += weight * ((data[at + 2] ?? 0) * opacity + white);
      area += weight;
      at += 4;
    }
  });
  return [red / area, green / area, blue / area];
}
