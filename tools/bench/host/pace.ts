// How many steps one timed call has, and how many calls there are: enough to be exact, bounded for the slow.

export interface Pace {
  steps: number;
  runs: number;
}

const warmUpMs = 1500; // compilers in browsers come to their last tier meanwhile
const callMs = 150; // clocks in pages may count in steps of a millisecond
const longestCallMs = 2000;
const budgetMs = 20_000; // of all timed calls of one contender
const fewestRuns = 3; // but one where a call alone takes the budget

/**
 * Measures without keeping the times until all is warm. `first`: times of the single steps that were made
 * already; `fewest`: steps in a call where they are not too slow.
 */
export async function findPace(
  measure: (steps: number) => Promise<number>,
  first: readonly number[],
  fewest: number,
  runs: number,
): Promise<Pace> {
  let spent = 0;
  let steps = 1;
  let perStep = Number.POSITIVE_INFINITY;
  const take = (ms: number) => {
    spent += ms;
    perStep = Math.min(perStep, Math.max(ms, 1e-3) / steps);
  };
  first.forEach(take);
  while (spent < warmUpMs) {
    take(await measure(steps));
    steps = Math.max(1, Math.min(2 * steps, Math.ceil(callMs / perStep)));
  }
  return paceOf(perStep, fewest, runs);
}

export function paceOf(msPerStep: number, fewest: number, runs: number): Pace {
  const wanted = Math.max(fewest, Math.ceil(callMs / msPerStep));
  const steps = Math.max(1, Math.min(wanted, Math.floor(longestCallMs / msPerStep)));
  const affordable = Math.floor(budgetMs / (steps * msPerStep));
  const least = affordable < 1 ? 1 : fewestRuns;
  return { steps, runs: Math.min(runs, Math.max(least, affordable)) };
}
