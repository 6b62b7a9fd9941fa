/**
 * Every failure that a caller can mend or report: a stable code and a text for people. Texts of
 * the engine are passed on exactly as the core wrote them.
 */
export class DeaiError extends Error {
  readonly code: string;

  constructor(code: string, text: string, options?: ErrorOptions) {
    super(text, options);
    this.name = "DeaiError";
    this.code = code;
  }
}
