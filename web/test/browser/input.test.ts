import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { imageTask } from "../input/support.ts";
import { Harness } from "./harness.ts";

// Pictures through the browser's own decoder: what Node cannot test.

type Input = typeof import("../../src/input/index.ts");

interface PageGlobals {
  input: Input;
}

/** A picture to be encoded by the page: rows of [red, green, blue, opacity]. */
interface Drawing {
  name: string;
  type: "image/png" | "image/jpeg";
  width: number;
  pixels: number[];
  /** EXIF orientation put into a JPEG. */
  orientation?: number;
  label?: string;
}

async function open(harness: Harness): Promise<Page> {
  const { outputFiles } = await build({
    entryPoints: [new URL("../../src/input/index.ts", import.meta.url).pathname],
    bundle: true,
    format: "esm",
    write: false,
  });
  const page = await harness.newPage();
  await harness.openBlank(page, { "/input.js": outputFiles[0]?.text ?? "" });
  await page.evaluate(async () => {
    const module = "/input.js";
    (globalThis as unknown as PageGlobals).input = (await import(module)) as Input;
  });
  return page;
}

/** Draws, encodes and decodes again; the samples, or the text of the refusal. */
async function decode(
  page: Page,
  drawings: Drawing[],
  size = { height: 2, width: 3, channels: 1 },
): Promise<{ pixels: number[]; labels: number[] } | string> {
  const task = { ...imageTask, data: { ...imageTask.data, ...size } };
  return page.evaluate(
    async ({ task, drawings }) => {
      const { input } = globalThis as unknown as PageGlobals;
      const files = [];
      for (const { name, type, width, pixels, orientation, label } of drawings) {
        const canvas = new OffscreenCanvas(width, pixels.length / (4 * width));
        const image = new ImageData(Uint8ClampedArray.from(pixels), width);
        canvas.getContext("2d")?.putImageData(image, 0, 0);
        const blob = await canvas.convertToBlob({ type, quality: 1 });
        const bytes = new Uint8Array(await blob.arrayBuffer());
        // APP1 right behind the start marker: "Exif", big-endian TIFF, one entry, tag 0x0112.
        const exif = [0xff, 0xe1, 0, 34, 69, 120, 105, 102, 0, 0, 77, 77, 0, 42, 0, 0, 0, 8, 0, 1];
        const entry = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation ?? 1, 0, 0, 0, 0, 0, 0];
        const data =
          orientation === undefined
            ? bytes
            : Uint8Array.from([...bytes.subarray(0, 2), ...exif, ...entry, ...bytes.subarray(2)]);
        files.push({ name, data, ...(label === undefined ? {} : { label }) });
      }
      try {
        const [samples] = await input.decodeFiles(
          task as Parameters<Input["decodeFiles"]>[0],
          files,
        );
        if (samples?.kind !== "images") return "no images";
        return { pixels: [...samples.pixels], labels: [...samples.labels] };
      } catch (error) {
        return (error as Error).message;
      }
    },
    { task, drawings },
  );
}

function grey(...values: number[]): number[] {
  return values.flatMap((value) => [value, value, value, 255]);
}

test("pictures become pixels and labels", { timeout: 60_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await open(harness);

  await t.test("a picture of the task's size keeps its values", async () => {
    const drawing = {
      name: "cat/1.png",
      type: "image/png",
      width: 3,
      pixels: grey(0, 50, 100, 150, 200, 255),
    } as const;
    assert.deepEqual(await decode(page, [{ ...drawing, pixels: [...drawing.pixels] }]), {
      pixels: [0, 50, 100, 150, 200, 255],
      labels: [0],
    });
  });

  await t.test("colours are kept where the task has them", async () => {
    const pixels = [255, 0, 0, 255, 0, 128, 255, 255];
    const result = await decode(
      page,
      [{ name: "a.png", type: "image/png", width: 2, pixels, label: "ape" }],
      {
        height: 1,
        width: 2,
        channels: 3,
      },
    );
    assert.deepEqual(result, { pixels: [255, 0, 0, 0, 128, 255], labels: [1] });
  });

  await t.test("the middle of a large picture is cut out and scaled", async () => {
    // 600 × 100: a white middle of 150 × 100 between black sides.
    const row = Array.from({ length: 600 }, (_, x) => (x >= 225 && x < 375 ? 255 : 0));
    const pixels = Array.from({ length: 100 }, () => grey(...row)).flat();
    const result = await decode(page, [{ name: "cat.png", type: "image/png", width: 600, pixels }]);
    // The canvas's filter lets a trace of the sides in.
    assert.ok(
      typeof result === "object" && result.pixels.every((pixel) => pixel > 240),
      JSON.stringify(result),
    );
  });

  await t.test("transparent is white", async () => {
    const pixels = Array.from({ length: 6 }, () => [0, 0, 0, 0]).flat();
    const result = await decode(page, [{ name: "cat.png", type: "image/png", width: 3, pixels }]);
    assert.deepEqual(result, { pixels: Array(6).fill(255), labels: [0] });
  });

  await t.test("a photo is turned as its EXIF data say", async () => {
    // 16 × 24, upper half black; orientation 6 turns it by 90° clockwise: black on the right.
    const pixels = Array.from({ length: 24 }, (_, y) =>
      grey(...Array<number>(16).fill(y < 12 ? 0 : 255)),
    ).flat();
    const photo = { name: "cat.jpg", type: "image/jpeg", width: 16, pixels } as const;
    const result = await decode(page, [{ ...photo, orientation: 6 }], {
      height: 1,
      width: 2,
      channels: 1,
    });
    assert.ok(typeof result === "object", String(result));
    const [left = 0, right = 255] = result.pixels;
    assert.ok(left > 200 && right < 55, `left ${left}, right ${right}`);
  });

  await t.test("a picture that does not decode refuses all, by its name", async () => {
    const text = await page.evaluate(async (task) => {
      const { input } = globalThis as unknown as PageGlobals;
      const files = [{ name: "cat/photo.heic", data: "no picture" }];
      return input
        .decodeFiles(task as Parameters<Input["decodeFiles"]>[0], files)
        .then(String, (error: Error) => error.message);
    }, imageTask);
    assert.equal(
      text,
      "cat/photo.heic: this picture could not be decoded; expected PNG, JPEG, WebP, GIF or BMP",
    );
  });
  harness.checkNoErrors();
});
