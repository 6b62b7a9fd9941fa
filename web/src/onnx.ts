// deai/onnx: models of deai/engine as ONNX files. A Trainer loads the same by itself.
export { exportOnnx, type ExportedModel, type OnnxOptions } from "./onnx/export.ts";
