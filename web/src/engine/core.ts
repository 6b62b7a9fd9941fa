import { DeaiError } from "../errors.ts";
import { CoreCoordinator } from "./coordinator.ts";
import { CoreParticipant, type ParticipantConfig } from "./participant.ts";
import { staged, valueOf } from "./boundary.ts";
import { instantiate, type WasmFiles, type WasmModule } from "./wasm.ts";
import type { Build } from "./probe.ts";
import { endThreads } from "./threads.ts";

export interface CoordinatorConfig {
  /** task.json as text. */
  task: string;
  room: string;
  minParticipants: number;
  /** 32 bytes; fixed only in tests. */
  entropy?: Uint8Array;
}

/** The C++ core, loaded: synchronous, in the caller's thread. */
export class Core {
  private constructor(
    private readonly module: WasmModule,
    readonly build: Build,
  ) {}

  static async load(build: Build, files: WasmFiles): Promise<Core> {
    return new Core(await instantiate(files, build.threads), build);
  }

  /** After everything that was created here. */
  dispose(): void {
    endThreads(this.module);
  }

  createParticipant(config: ParticipantConfig): CoreParticipant {
    staged(this.module, entropyOf(config.entropy));
    const { handle } = valueOf(
      this.module.createParticipant(
        config.task,
        config.room,
        config.seed,
        config.mode,
        config.minParticipants,
      ),
    );
    return new CoreParticipant(this.module, handle);
  }

  createCoordinator(config: CoordinatorConfig): CoreCoordinator {
    staged(this.module, entropyOf(config.entropy));
    const { handle } = valueOf(
      this.module.createCoordinator(config.task, config.room, config.minParticipants),
    );
    return new CoreCoordinator(this.module, handle);
  }
}

function entropyOf(given: Uint8Array | undefined): Uint8Array {
  const entropy = given ?? crypto.getRandomValues(new Uint8Array(32));
  if (entropy.length !== 32) {
    throw new DeaiError("argument", `entropy has ${entropy.length} bytes, expected 32`);
  }
  return entropy;
}
