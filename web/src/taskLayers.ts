// The layers of task.json (tasks/README.md says what each does); a test compares the kinds with
// tasks/task.schema.json.

interface Shared {
  /** By which other layers take its result. */
  name?: string;
  /** The layer whose weight it shares. */
  weights_of?: string;
  /** Its weights stay as they are. */
  frozen?: boolean;
}
/** Of one input: `input` names it, otherwise it is the layer before. */
interface Single<Kind extends string> extends Shared {
  kind: Kind;
  input?: string;
}
/** Of several inputs, by their names. */
interface Merging<Kind extends string> extends Shared {
  kind: Kind;
  inputs: string[];
}

interface Lora {
  lora_rank?: number;
  lora_alpha?: number;
}
interface Window {
  kernel: number;
  stride?: number;
  padding?: number;
  dilation?: number;
  bias?: boolean;
}
interface Pool {
  size: number;
  stride?: number;
  padding?: number;
}
interface Block {
  filters: number;
  kernel?: number;
  stride?: number;
  norm?: "batch" | "group" | "none";
  groups?: number;
  activation?: "relu" | "silu" | "hard_swish";
}
interface Heads extends Lora {
  heads: number;
  kv_heads?: number;
  causal?: boolean;
  rotary?: boolean;
  bias?: boolean;
}
interface Recurrent {
  units: number;
  returns?: "all" | "last";
}
interface Epsilon {
  epsilon?: number;
}
type Plain = "relu" | "silu" | "hard_swish" | "sigmoid" | "tanh" | "softmax" | "flatten";

export type Layer =
  | (Single<"dense"> & Lora & { units: number; bias?: boolean })
  | (Single<"conv2d"> & Window & { filters: number; groups?: number })
  | (Single<"depthwise_conv2d"> & Window & { multiplier?: number })
  | (Single<"separable_conv2d"> & Window & { filters: number })
  | (Single<"conv_transpose2d"> &
      Window & { filters: number; groups?: number; output_padding?: number })
  | (Single<"residual_block"> & Block)
  | (Single<"inverted_residual"> & Block & { expand?: number })
  | (Single<"embedding"> & { tokens: number; width: number })
  | Single<"positional_embedding">
  | (Single<"attention"> & Heads)
  | (Single<"transformer_block"> &
      Heads &
      Epsilon & {
        mlp?: number;
        activation?: "gelu" | "gelu_tanh" | "relu" | "silu";
        norm?: "layer" | "rms";
        dropout?: number;
      })
  | (Single<"gru"> & Recurrent)
  | (Single<"lstm"> & Recurrent)
  | (Single<"max_pool2d"> & Pool)
  | (Single<"avg_pool2d"> & Pool)
  | Single<"global_avg_pool2d">
  | (Single<"upsample2d"> & { factor?: number; mode?: "nearest" | "bilinear" })
  | Single<Plain>
  | (Single<"leaky_relu"> & { slope?: number })
  | (Single<"gelu"> & { approximate?: "none" | "tanh" })
  | (Single<"scale"> & { factor: number })
  | (Single<"layer_norm"> & Epsilon)
  | (Single<"rms_norm"> & Epsilon)
  | (Single<"group_norm"> & Epsilon & { groups: number })
  | (Single<"batch_norm"> & Epsilon & { momentum?: number })
  | (Single<"dropout"> & { rate: number })
  | (Single<"reshape"> & { channels: number; width?: number; height?: number })
  | (Single<"slice"> & { count: number; first?: number })
  | Merging<"add" | "multiply" | "concat">;
