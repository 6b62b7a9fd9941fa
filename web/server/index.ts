export { createServer, type RunningServer, type ServerOptions } from "./server.ts";
export type { Limits } from "./limits.ts";
export type { TurnOptions } from "./turn.ts";
