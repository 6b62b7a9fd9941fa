/** A task of so many columns whose model has about so many bytes: two dense layers between, as wide as that takes. */
export function loadTask(modelBytes: number): { text: string; weights: number; columns: number } {
  const columns = 16;
  const wanted = modelBytes / 4;
  // columns·u + u + u·u + u + u + 1 weights
  const b = columns + 3;
  const units = Math.floor((-b + Math.sqrt(b * b + 4 * (wanted - 1))) / 2);
  const weights = units * (units + b) + 1;
  const task = {
    deai: 1,
    id: "load",
    data: {
      kind: "table",
      columns: Array.from({ length: columns }, (_, at) => ({
        kind: "number",
        name: `c${String(at)}`,
        mean: 0,
        deviation: 1,
      })),
      label_column: "label",
      classes: ["no", "yes"],
    },
    model: {
      seed: 1,
      layers: [
        { kind: "dense", units },
        { kind: "relu" },
        { kind: "dense", units },
        { kind: "relu" },
        { kind: "dense", units: 1 },
      ],
    },
    loss: { kind: "sigmoid_binary_cross_entropy" },
    training: { batch_size: 4, optimizer: { kind: "sgd", learning_rate: 0.01 } },
    exchange: { local_steps: 1, deadline_ms: 120_000, max_participants: 1024 },
  };
  return { text: JSON.stringify(task), weights, columns };
}
