// Runs what the command line asks for, prints tables, and writes lines of JSON.
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type Case, cases, growths, type NetCase } from "../shared/cases.ts";
import type { Setting } from "../shared/messages.ts";
import type { Browser } from "./browsers/browser.ts";
import { startChromium } from "./browsers/chromium.ts";
import { startFirefox } from "./browsers/firefox.ts";
import { bundlePage } from "./bundle.ts";
import type { Contender } from "./contender.ts";
import { memoryGoals, speedGoals, verdict, type Goal } from "./goals.ts";
import { growthText } from "./growth.ts";
import { runKernels } from "./kernels.ts";
import { machineName } from "./machine.ts";
import { type Measurement, measurementsOf, nameOf } from "./measurement.ts";
import { type Options, parseOptions, usage, UsageError } from "./options.ts";
import { library } from "./places.ts";
import { type Profiled, profileOf, profileTable } from "./profile.ts";
import { runRound } from "./round.ts";
import { PageServer } from "./server.ts";
import { profileSettings, settingsFor, wishForGrowth } from "./settings.ts";
import { sizeGoals } from "./sizes.ts";
import { aligned, caseTable, digits, kernelTable } from "./table.ts";
import { startTorch, torchIsInstalled } from "./torch.ts";
import { writeWorkload } from "./workloads.ts";

const say = (text: string) => process.stderr.write(`[bench] ${text}\n`);
const print = (text: string) => void process.stdout.write(`${text}\n`);

/** What all cases of a run share. */
class Bench {
  private constructor(
    private readonly options: Options,
    private readonly folder: string,
    private readonly server: PageServer,
    readonly browser: Browser,
    private readonly there: (setting: Setting) => boolean,
  ) {}

  static async with<Value>(
    options: Options,
    use: (bench: Bench) => Promise<Value>,
  ): Promise<Value> {
    const folder = await mkdtemp(path.join(os.tmpdir(), "deai-bench-"));
    try {
      await bundlePage(folder);
      const server = await PageServer.start(folder, folder);
      try {
        const browser = await (options.browser === "firefox" ? startFirefox() : startChromium());
        try {
          return await use(new Bench(options, folder, server, browser, engineIsThere()));
        } finally {
          await browser.close();
        }
      } finally {
        await server.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async run(one: Case): Promise<Measurement[]> {
    const wish = this.options.growth ? wishForGrowth(this.options) : this.options;
    const settings = settingsFor(one, wish, os.availableParallelism()).filter(this.there);
    if (settings.length === 0) return [];
    await writeWorkload(this.folder, one);
    const outcomes = await runRound({
      case: one,
      runs: this.options.runs,
      settings,
      open: (setting) => this.open(setting),
      tell: (setting, what) => say(`${one.name}: ${nameOf(setting)} ${what}`),
    });
    return measurementsOf(one, outcomes, ({ engine }) =>
      engine === "torch" ? "native" : this.browser.name,
    );
  }

  async profile(one: NetCase): Promise<Profiled[]> {
    const settings = profileSettings(this.options, os.availableParallelism()).filter(this.there);
    await writeWorkload(this.folder, one);
    const profiles: Profiled[] = [];
    for (const setting of settings) {
      say(`${one.name}: ${nameOf(setting)} …`);
      const contender = await this.open(setting);
      try {
        profiles.push(await profileOf(contender, setting, one));
      } finally {
        await contender.close();
      }
    }
    return profiles;
  }

  kernels(): Promise<Measurement[]> {
    say("kernels …");
    return runKernels(this.browser, this.server, this.options);
  }

  private async open(setting: Setting): Promise<Contender> {
    if (setting.engine === "torch") return startTorch(setting, this.folder);
    const page = await this.browser.open(this.server.url(setting.isolated));
    return {
      ask: (request, timeoutMs) => page.ask(request, timeoutMs),
      close: () => page.close(),
    };
  }
}

function engineIsThere(): (setting: Setting) => boolean {
  const isBuilt = existsSync(path.join(library, "engine.js"));
  const hasTorch = torchIsInstalled();
  if (!isBuilt) say("web/dist/lib/engine.js is missing: without deai");
  if (!hasTorch) say("PyTorch is not installed (tools/setup bench): without it");
  return ({ engine }) => (engine === "deai" ? isBuilt : engine !== "torch" || hasTorch);
}

async function measureCases(bench: Bench, options: Options, keep: Keep): Promise<void> {
  const all: Measurement[] = [];
  if (options.kernels) {
    const rates = await bench.kernels();
    all.push(...(await keep(rates)));
    if (rates.length > 0) print(`\nkernels\n${kernelTable(rates)}`);
  }
  const wanted = cases.filter(
    ({ name }) => options.cases.length === 0 || options.cases.includes(name),
  );
  for (const one of wanted) {
    const measured = await keep(await bench.run(one));
    all.push(...measured);
    if (measured.length > 0) print(`\n${titleOf(one)}\n${caseTable(measured)}`);
  }
  const nets = cases.filter((one): one is NetCase => one.kind === "net");
  const goals = [...speedGoals(all), ...memoryGoals(all, nets), ...(await sizeGoals())];
  printGoals(goals);
}

async function measureGrowth(bench: Bench, options: Options, keep: Keep): Promise<void> {
  for (const growth of growths) {
    const [first] = growth.cases;
    const base = first?.name.split("/")[0] ?? "";
    if (options.cases.length > 0 && !options.cases.includes(base)) continue;
    const measured: Measurement[] = [];
    for (const one of growth.cases) measured.push(...(await keep(await bench.run(one))));
    print(`\n${base} against ${growth.along}\n${growthText(growth, measured)}`);
  }
}

async function profileCases(bench: Bench, options: Options, keep: Keep): Promise<void> {
  for (const one of cases) {
    if (one.kind !== "net") continue;
    if (options.cases.length > 0 && !options.cases.includes(one.name)) continue;
    for (const profiled of await bench.profile(one)) {
      await keep([profiled]);
      print(`\n${titleOf(one)}, ${nameOf(profiled)}\n${profileTable(profiled)}`);
    }
  }
}

type Keep = <Line>(lines: Line[]) => Promise<Line[]>;

function titleOf(one: Case): string {
  return one.kind === "net" ? `${one.name} (batch ${String(one.batch)})` : one.name;
}

function printGoals(goals: readonly Goal[]): void {
  const measured = goals.filter((goal) => goal.measured !== undefined);
  if (measured.length === 0) return;
  const rows = measured.map((goal) => [
    `  ${goal.text}`,
    digits(goal.measured),
    `${goal.atMost ? "≤" : "≥"} ${String(goal.wanted)}`,
    verdict(goal),
  ]);
  print("\nWhat the engine must reach (times: the best setting of each side unless said)");
  print(aligned(rows));
  const missing = goals.length - measured.length;
  if (missing > 0) print(`  and ${String(missing)} more, for which this run did not measure all`);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    print(usage);
    return;
  }
  if (options.json !== undefined) await writeFile(options.json, "");
  const keep: Keep = async (lines) => {
    const text = lines.map((one) => `${JSON.stringify(one)}\n`).join("");
    if (options.json !== undefined) await appendFile(options.json, text);
    return lines;
  };
  await Bench.with(options, async (bench) => {
    print(`CPU only. ${machineName()}. ${bench.browser.name}. Ms per training step.`);
    const measure = options.profile
      ? profileCases
      : options.growth
        ? measureGrowth
        : measureCases;
    await measure(bench, options, keep);
  });
}

main().catch((error: unknown) => {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${usage}\n`);
  else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
