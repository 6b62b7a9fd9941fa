import { dataError } from "./bytes.ts";
import { centreCrop, pixelsOf, type PixelFormat } from "./pixels.ts";

const kExpected = "expected PNG, JPEG, WebP, GIF or BMP";

/**
 * A picture file → the format's bytes (see pixelsOf), by the browser's own decoder, upright as
 * its EXIF data say. The canvas shrinks large photos to four times the format first, so that only
 * few pixels pass through JavaScript.
 */
export async function decodePicture(
  name: string,
  file: Blob,
  format: PixelFormat,
): Promise<Uint8Array> {
  if (typeof createImageBitmap !== "function") {
    throw dataError(
      name,
      "only a browser decodes picture files; hand in pixels or an IDX file here",
    );
  }
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (error) {
    throw dataError(name, `this picture could not be decoded; ${kExpected}`, { cause: error });
  }
  try {
    const crop = centreCrop(bitmap, format);
    const scale = Math.min(1, (4 * format.width) / crop.width);
    const width = Math.max(1, Math.round(crop.width * scale));
    const height = Math.max(1, Math.round(crop.height * scale));
    const context = canvasContext(width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, crop.left, crop.top, crop.width, crop.height, 0, 0, width, height);
    return pixelsOf(context.getImageData(0, 0, width, height), format);
  } finally {
    bitmap.close();
  }
}

function canvasContext(
  width: number,
  height: number,
): CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D {
  const settings: CanvasRenderingContext2DSettings = { willReadFrequently: true };
  if (typeof OffscreenCanvas === "function") {
    const context = new OffscreenCanvas(width, height).getContext(
      "2d",
      settings,
    ) as OffscreenCanvasRenderingContext2D | null;
    if (context !== null) return context; // Safari before 16.4 has the class without "2d"
  }
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", settings);
  if (context === null) throw dataError("canvas", "this browser does not draw on a canvas");
  return context;
}
