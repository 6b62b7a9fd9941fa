import type { Picture } from "./state.ts";

/** What a picture shows: the texts of its QR codes; `unreadable`: there is one, but too small or damaged. */
export interface Sight {
  texts: string[];
  unreadable: boolean;
}

export type CodeReader = (picture: Picture) => Promise<Sight>;

/** Of the Shape Detection API, which TypeScript does not know. */
interface Detector {
  detect(picture: Picture): Promise<{ rawValue: string }[]>;
}

interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

/** Milliseconds for one picture: the page stays fluent, and the next picture comes soon. */
const kEffortMs = 50;

/**
 * The browser's own reader where it knows QR codes, else the library's, which is loaded only then.
 * Rejects where it is wanted and does not load.
 */
export async function openCodeReader(): Promise<CodeReader> {
  const own = await openDetector();
  if (own === undefined) return openLibrary();
  let library: CodeReader | undefined;
  return async (picture) => {
    if (library === undefined) {
      try {
        const codes = await own.detect(picture);
        return { texts: codes.map(({ rawValue }) => rawValue), unreadable: false };
      } catch {
        // Some systems have the interface, but not the service behind it.
        library = await openLibrary();
      }
    }
    return library(picture);
  };
}

async function openDetector(): Promise<Detector | undefined> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: DetectorClass };
  if (BarcodeDetector === undefined) return undefined;
  const formats = await BarcodeDetector.getSupportedFormats().catch((): string[] => []);
  return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : undefined;
}

async function openLibrary(): Promise<CodeReader> {
  const { decodeQR } = await import("qr/decode.js");
  return async (picture) => {
    let unreadable = false;
    const pointsOnDetect = () => (unreadable = true);
    try {
      const text = decodeQR(picture, { format: "RGBA", timeLimit: kEffortMs, pointsOnDetect });
      return { texts: [text], unreadable: false };
    } catch {
      // It throws whenever there is no code that it can read.
      return { texts: [], unreadable };
    }
  };
}
