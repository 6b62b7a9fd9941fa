/** What the engine's loop needs of its thread. */
export interface EngineWorld {
  /** Milliseconds since 1970, whole, never going back: the core's time. */
  now(): number;
  /** A fine clock for measuring. */
  elapsed(): number;
  /** Runs the action after the messages that wait already. */
  afterMessages(action: () => void): void;
  /** Runs the action in so many milliseconds, unless the returned function is called before. */
  inMs(delay: number, action: () => void): () => void;
}

const longestTimeout = 2 ** 31 - 1;

/** afterMessages differs: a page's thread has MessageChannel, Node has setImmediate. */
export function threadWorld(afterMessages: (action: () => void) => void): EngineWorld {
  return {
    now: () => Math.round(performance.timeOrigin + performance.now()),
    elapsed: () => performance.now(),
    afterMessages,
    inMs: (delay, action) => {
      const timer = setTimeout(action, Math.min(Math.max(delay, 0), longestTimeout));
      return () => clearTimeout(timer);
    },
  };
}

/** setTimeout(0) would be held back to 4 ms and more; a message to oneself is not. */
export function byMessage(): (action: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  let waiting: (() => void)[] = [];
  port1.onmessage = () => {
    const actions = waiting;
    waiting = [];
    for (const action of actions) action();
  };
  return (action) => {
    waiting.push(action);
    if (waiting.length === 1) port2.postMessage(undefined);
  };
}
