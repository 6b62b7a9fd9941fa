// jax-js: the whole step is one jitted function. Arrays are counted: a use that is not the last takes `.ref`.
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  valueAndGrad,
} from "@jax-js/jax";
import { inputShapes } from "../../shared/network.ts";
import {
  batchCount,
  batchOf,
  type NetWorkload,
  type ProductWorkload,
  weightsOf,
} from "../../shared/workload.ts";
import type { Start, Trainee } from "../trainee.ts";

type Parameter = { w: np.Array; bias: np.Array };

export const start: Start = async (setting, workload) => {
  await init("wasm");
  defaultDevice("wasm");
  // Without shared memory there are no helpers to wait for, and reading at once is faster.
  const read = async (array: np.Array) => {
    const data = setting.threads > 1 ? await array.data() : array.dataSync();
    return data[0] ?? Number.NaN;
  };
  return workload.case.kind === "net"
    ? trainNet(workload as NetWorkload, read)
    : multiply(workload as ProductWorkload, read);
};

type Read = (array: np.Array) => Promise<number>;

function trainNet(workload: NetWorkload, read: Read): Trainee {
  const net = workload.case;
  const plan = weightsOf(workload);
  const [height, width, channels] = [...inputShapes[net.data], 1, 1];
  const { learning_rate: learningRate } = net.training.optimizer;
  const isImage = net.data === "mnist";

  // Pictures are [N, C, H, W] here, so what follows a flatten has its weights in another order.
  let flattened: readonly number[] | undefined;
  const parameters: Parameter[] = [];
  for (const { layer, input, weight, w, bias } of plan) {
    if (layer.kind === "flatten") flattened = input;
    if (!weight || !w || !bias) continue;
    const given = np.array(w as Float32Array<ArrayBuffer>).reshape([...weight]);
    parameters.push({
      w: arrange(layer.kind, given, flattened),
      bias: np.array(bias as Float32Array<ArrayBuffer>),
    });
    if (layer.kind === "dense") flattened = undefined;
  }

  const forward = (given: Parameter[], x: np.Array) => {
    let at = 0;
    for (const { layer } of plan) {
      switch (layer.kind) {
        case "dense": {
          const { w, bias } = given[at++] as Parameter;
          x = np.matmul(x, w).add(bias);
          break;
        }
        case "conv2d": {
          const { w, bias } = given[at++] as Parameter;
          x = lax.conv(x, w, [1, 1], "VALID").add(bias.reshape([1, layer.filters, 1, 1]));
          break;
        }
        case "max_pool2d":
          x = lax.reduceWindow(x, np.max, [layer.size, layer.size], [layer.size, layer.size]);
          break;
        case "relu":
          x = nn.relu(x);
          break;
        case "flatten":
          x = x.reshape([net.batch, -1]);
          break;
        default:
          throw new Error(`no ${layer.kind} here`);
      }
    }
    return x;
  };
  const lossOf = (given: Parameter[], x: np.Array, y: np.Array) => {
    const logits = forward(given, x);
    if (isImage) return np.sum(nn.logSoftmax(logits, 1).mul(y)).mul(-1 / net.batch);
    // log(1 + e^z) − y·z
    return np.mean(nn.softplus(logits.ref).sub(y.mul(logits)));
  };
  const step = jit((given: Parameter[], x: np.Array, y: np.Array) => {
    const [loss, gradient] = valueAndGrad(lossOf)(
      given.map(({ w, bias }) => ({ w: w.ref, bias: bias.ref })),
      x,
      y,
    ) as [np.Array, Parameter[]];
    const next = given.map(({ w, bias }, i): Parameter => {
      const { w: dw, bias: dbias } = gradient[i] as Parameter;
      return { w: w.sub(dw.mul(learningRate)), bias: bias.sub(dbias.mul(learningRate)) };
    });
    return [loss, next];
  });

  const batches = Array.from({ length: batchCount }, (_, k) => {
    const { x, y } = batchOf(workload, k);
    const rows = np.array(x as Float32Array<ArrayBuffer>);
    return isImage
      ? {
          x: rows.reshape([net.batch, channels ?? 1, height ?? 1, width ?? 1]),
          y: nn.oneHot(np.array(y as Int32Array<ArrayBuffer>), 10),
        }
      : {
          x: rows.reshape([net.batch, -1]),
          y: np.array(Float32Array.from(y)).reshape([net.batch, 1]),
        };
  });

  let current = parameters;
  let done = 0;
  return {
    async run(steps) {
      let loss: np.Array | undefined;
      for (let i = 0; i < steps; ++i) {
        const batch = batches[done++ % batchCount];
        if (!batch) throw new Error("no batch");
        loss?.dispose();
        [loss, current] = step(current, batch.x.ref, batch.y.ref) as [np.Array, Parameter[]];
      }
      const value = await read(loss as np.Array);
      await blockUntilReady(current); // the loss is there before its gradient
      return value;
    },
  };
}

/** dense [out, in] → [in, out], with inputs from [H, W, C] to [C, H, W]; conv2d [O, H, W, I] → [O, I, H, W]. */
function arrange(kind: string, w: np.Array, flattened: readonly number[] | undefined): np.Array {
  if (kind === "conv2d") return np.transpose(w, [0, 3, 1, 2]);
  const [outputs = 0, inputs = 0] = w.shape;
  if (!flattened || flattened.length < 3) return np.transpose(w);
  const apart = w.reshape([outputs, ...flattened]);
  return np.transpose(np.transpose(apart, [0, 3, 1, 2]).reshape([outputs, inputs]));
}

function multiply({ case: { size }, a, b }: ProductWorkload, read: Read): Trainee {
  const left = np.array(a as Float32Array<ArrayBuffer>).reshape([size, size]);
  const right = np.array(b as Float32Array<ArrayBuffer>).reshape([size, size]);
  const product = jit((x: np.Array, y: np.Array) => np.matmul(x, y));
  return {
    async run(steps) {
      let value = Number.NaN;
      for (let i = 0; i < steps; ++i) value = await read(product(left.ref, right.ref));
      return value;
    },
  };
}
