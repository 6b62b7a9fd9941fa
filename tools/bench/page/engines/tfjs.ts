// TensorFlow.js by its core: variables, minimize(), tidy(). Batches are tensors before the clock starts.
import * as tf from "@tensorflow/tfjs-core";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-webgl";
import { inputShapes } from "../../shared/network.ts";
import {
  batchCount,
  batchOf,
  type NetWorkload,
  type ProductWorkload,
  weightsOf,
} from "../../shared/workload.ts";
import type { Start, Trainee } from "../trainee.ts";

export const start: Start = async (setting, workload) => {
  if (setting.variant === "wasm") {
    setWasmPaths(new URL("tfjs/", location.href).href);
    setThreadsCount(setting.threads);
  }
  if (!(await tf.setBackend(setting.variant)))
    throw new Error(`no backend ${setting.variant} here`);
  await tf.ready();
  return workload.case.kind === "net"
    ? trainNet(workload as NetWorkload)
    : multiply(workload as ProductWorkload);
};

type Layer = (x: tf.Tensor) => tf.Tensor;

function trainNet(workload: NetWorkload): Trainee {
  const net = workload.case;
  const layers = weightsOf(workload).map(({ layer, weight, w, bias }): Layer => {
    switch (layer.kind) {
      case "dense": {
        const kernel = tf.variable(tf.transpose(tf.tensor(w ?? [], [...(weight ?? [])])));
        const offset = tf.variable(tf.tensor1d(bias ?? []));
        return (x) =>
          tf.add(tf.matMul(x as tf.Tensor2D, kernel as tf.Variable<tf.Rank.R2>), offset);
      }
      case "conv2d": {
        // [O, H, W, I] → [H, W, I, O]
        const kernel = tf.variable(
          tf.transpose(tf.tensor(w ?? [], [...(weight ?? [])]), [1, 2, 3, 0]),
        );
        const offset = tf.variable(tf.tensor1d(bias ?? []));
        return (x) =>
          tf.add(
            tf.conv2d(x as tf.Tensor4D, kernel as tf.Variable<tf.Rank.R4>, 1, "valid"),
            offset,
          );
      }
      case "max_pool2d":
        return (x) => tf.maxPool(x as tf.Tensor4D, layer.size, layer.size, "valid");
      case "relu":
        return (x) => tf.relu(x);
      case "flatten":
        return (x) => tf.reshape(x, [net.batch, -1]);
      default:
        throw new Error(`no ${layer.kind} here`);
    }
  });
  const forward = (x: tf.Tensor) => layers.reduce((value, layer) => layer(value), x);

  const batches = Array.from({ length: batchCount }, (_, k) => {
    const { x, y } = batchOf(workload, k);
    return {
      x: tf.tensor(x, [net.batch, ...inputShapes[net.data]]),
      y:
        net.data === "titanic"
          ? tf.tensor(Float32Array.from(y), [net.batch, 1])
          : tf.cast(tf.oneHot(tf.tensor1d(y, "int32"), 10), "float32"),
    };
  });
  const lossOf = (k: number): tf.Scalar => {
    const batch = batches[k % batchCount];
    if (!batch) throw new Error("no batch");
    const logits = forward(batch.x);
    return net.data === "titanic"
      ? tf.losses.sigmoidCrossEntropy(batch.y, logits)
      : tf.losses.softmaxCrossEntropy(batch.y, logits);
  };
  const optimizer = tf.train.sgd(net.training.optimizer.learning_rate);
  let done = 0;
  const step = (wantsLoss: boolean) => optimizer.minimize(() => lossOf(done++), wantsLoss);
  return {
    async run(steps) {
      for (let i = 1; i < steps; ++i) step(false);
      const loss = step(true);
      const [value = Number.NaN] = (await loss?.data()) ?? [];
      loss?.dispose();
      return value;
    },
  };
}

function multiply({ case: { size }, a, b }: ProductWorkload): Trainee {
  const left = tf.tensor2d(a, [size, size]);
  const right = tf.tensor2d(b, [size, size]);
  return {
    async run(steps) {
      for (let i = 1; i < steps; ++i) tf.matMul(left, right).dispose();
      const product = tf.matMul(left, right);
      const [value = Number.NaN] = await product.data();
      product.dispose();
      return value;
    },
  };
}
