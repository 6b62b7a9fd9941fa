/** Whether the text went to the clipboard; `field` shows it, for copying by hand. */
export async function copyText(text: string, field: HTMLInputElement | HTMLTextAreaElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard without a secure context: select the text for copying by hand.
    field?.select();
    return document.execCommand("copy");
  }
}
