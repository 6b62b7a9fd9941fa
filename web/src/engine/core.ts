import { DeaiError } from "../errors.ts";
import { CoreCoordinator } from "./coordinator.ts";
import { CoreParticipant, type ParticipantConfig } from "./participant.ts";
import { staged, valueOf } from "./boundary.ts";
import type { Helper } from "./helpers/helper.ts";
import type { HelperLink } from "./helpers/messages.ts";
import { startHelpers } from "./helpers/team.ts";
import { checkWorkers, workersThatPay } from "./helpers/workers.ts";
import { instantiate, type WasmFiles, type WasmModule } from "./wasm.ts";
import { type Build, usualCores, type Wish } from "./probe.ts";
import { endThreads } from "./threads.ts";

export interface CoordinatorConfig {
  /** task.json as text. */
  task: string;
  room: string;
  minParticipants: number;
  /** The file that the task names as weights to begin with: without it such a task is refused. */
  base?: Uint8Array;
  /** 32 bytes; fixed only in tests. */
  entropy?: Uint8Array;
}

/** What the core needs for having helpers. */
export interface Helping {
  wish: Wish;
  /** Of the machine. */
  cores: number;
  open(lock: string): HelperLink;
}

/** The C++ core, loaded: synchronous, in the caller's thread. */
export class Core {
  private constructor(
    private readonly module: WasmModule,
    readonly build: Build,
    private readonly files: WasmFiles,
    private readonly helping: Helping | undefined,
  ) {}

  /** The files are asked for the compiled module again where helpers are needed. */
  static async load(build: Build, files: WasmFiles, helping?: Helping): Promise<Core> {
    if (helping?.wish.workers !== undefined) checkWorkers(helping.wish.workers);
    return new Core(await instantiate(files, build.threads), build, files, helping);
  }

  /** How many are to share the batches of this participant, this thread among them. */
  workersFor(participant: CoreParticipant): number {
    if (!this.helping) return 1;
    const { wish, cores } = this.helping;
    if (wish.workers !== undefined) return wish.workers;
    const most = wish.threads ?? usualCores(cores);
    if (this.build.variant === "threads" || most === 1) return 1;
    return workersThatPay(participant.facts(), Math.min(most, cores));
  }

  startHelpers(count: number): Promise<Helper[]> {
    if (!this.helping) throw new DeaiError("internal", "This core has no helpers.");
    return startHelpers(count, this.build.variant, this.files, this.helping.open);
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
        config.recordBytes ?? 0,
      ),
    );
    return new CoreParticipant(this.module, handle);
  }

  createCoordinator(config: CoordinatorConfig): CoreCoordinator {
    const { task, room, minParticipants, base = new Uint8Array() } = config;
    const entropy = entropyOf(config.entropy);
    const both = new Uint8Array(entropy.length + base.length);
    both.set(entropy);
    both.set(base, entropy.length);
    staged(this.module, both);
    const { handle } = valueOf(
      this.module.createCoordinator(task, room, minParticipants, base.length),
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
