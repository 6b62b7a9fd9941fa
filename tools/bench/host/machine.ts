// On what it was measured: no figure is worth anything without it.
import os from "node:os";

export function machineName(): string {
  const [first] = os.cpus();
  const cores = os.availableParallelism();
  return `${first?.model.trim() ?? "unknown processor"}, ${String(cores)} core${cores === 1 ? "" : "s"}, ${os.arch()}`;
}
