import "./support/outbox.ts";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { AppError } from "../src/http/errors.ts";
import { checkRules, stateOf } from "./support/walks/rules.ts";
import { type Choice, Scope, type StepKind, steps } from "./support/walks/steps.ts";
import { thereIsAWayOut } from "./support/walks/way-out.ts";
import { Idle, makeWorld, type World } from "./support/walks/world.ts";

vi.hoisted(() => {
  // Batches so small that a run is cut in two by what happens between them.
  process.env.PEOPLE_PER_BATCH = "2";
  process.env.RESETS_PER_HOUR = "1000";
});

/** WALKS=2000 SEED=… npx vitest run test/domain-walks.test.ts for more of them, or for others. */
const walks = Number(process.env.WALKS ?? 20);
const seed = Number(process.env.SEED ?? 20261122);
const length = 12;

const weights: Partial<Record<StepKind, number>> = {
  ...{ open: 8, verify: 4, activate: 4, work: 4, half: 4, restoreAccount: 4, invite: 3, askRelease: 4, follow: 8 },
  ...{ removeMember: 4, askOwnRelease: 4, deleteAccount: 3, passMonth: 3 },
  ...{ wait: 1, add: 1, remove: 1, withdraw: 1, block: 1, unblock: 1, leave: 1, createAccount: 1 },
};
const kinds = (Object.keys(steps) as StepKind[]).flatMap((kind) => Array<StepKind>(weights[kind] ?? 2).fill(kind));
const step = fc.record({
  kind: fc.constantFrom(...kinds),
  // The first account and the first name more often than the others, so that things meet.
  account: fc.constantFrom(0, 0, 0, 1, 1, 2),
  name: fc.constantFrom(0, 0, 1),
  who: fc.nat({ max: 9 }),
});

const taken = new Map<string, number>();
let refused = 0;
/** Nobody was there to take the step: there is nothing to look at. */
const nothing = new Scope();

/**
 * Takes one step: as chosen or, where that is refused, with the next account, name or person, so that most of a walk moves
 * something. A refusal in words is an answer like any other, and must change nothing; everything else is a fault.
 */
async function take(world: World, { kind, ...choice }: Choice & { kind: StepKind }): Promise<Scope> {
  const scope = new Scope();
  let tried = false;
  for (let n = 0; n < 10; n++) {
    const account = (choice.account + n) % 3;
    const next = { account, name: (choice.name + Math.floor(n / 3)) % 2, who: choice.who + n };
    try {
      await steps[kind](world, { ...next, home: world.companies[account]! }, scope);
      taken.set(kind, (taken.get(kind) ?? 0) + 1);
      return scope;
    } catch (error) {
      if (error instanceof AppError) tried = true;
      else if (!(error instanceof Idle)) throw error;
    }
  }
  refused++;
  return tried ? scope : nothing;
}

test(
  "X2 T21 T27 T28 T55 no sequence of what administrators and people do leads anybody into a dead end, or takes a right",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: length, maxLength: length }), async (walk) => {
        const world = await makeWorld();
        let before = await stateOf(world);
        for (const each of walk) {
          const scope = await take(world, each);
          if (scope === nothing) continue;
          const after = await stateOf(world);
          await checkRules(world, before, after, scope);
          before = after;
        }
        await thereIsAWayOut(world);
      }),
      { numRuns: walks, seed, interruptAfterTimeLimit: 9_000 * walks, markInterruptAsFailure: true },
    );
    // Not a row of refusals: nearly everything that can happen did.
    if (process.env.WALKS)
      console.info(`${[...taken].map(([kind, n]) => `${kind} ${n}`).join(", ")}; refused ${refused}`);
    if (walks >= 20) expect(taken.size).toBeGreaterThan(18);
  },
  10_000 * walks,
);
