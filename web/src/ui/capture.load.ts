/** Makes <deai-camera> and <deai-capture> known; their code comes with the first who wants them. */
export async function loadCapture(): Promise<void> {
  const [{ DeaiCamera }, { DeaiCapture }] = await Promise.all([
    import("./camera.ts"),
    import("./capture.ts"),
  ]);
  if (customElements.get("deai-camera") !== undefined) return;
  customElements.define("deai-camera", DeaiCamera);
  customElements.define("deai-capture", DeaiCapture);
}
