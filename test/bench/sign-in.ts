import { checkPassword, hashPassword } from "../../src/auth/passwords.ts";
import type { Bench } from "./cases.ts";
import { load, ms, report } from "./measure.ts";
import { post } from "./processes.ts";
import { password } from "./world.ts";

/** Runs `work` from `lanes` lanes for some seconds; returns how often a second. */
async function storm(lanes: number, seconds: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let done = 0;
  const lane = async (first: number) => {
    for (let n = first; performance.now() < end; n += lanes) {
      await work(n);
      done++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, n) => lane(n)));
  return done / seconds;
}

/** Sign-ins against bare argon2 checks, and what a storm of them does to the list. */
export async function signInCase({ muster, cookie, seconds }: Bench): Promise<void> {
  const hash = await hashPassword(password);
  const bare = await storm(8, seconds, () => checkPassword(hash, password));
  const signIn = (n: number) => post(`${muster.url}/sign-in`, { email: `signer${1 + (n % 200)}@bench.test`, password });
  const ours = await storm(8, seconds, async (n) => {
    const answer = await signIn(n);
    if (answer.status !== 303) throw new Error(`sign-in answered ${answer.status}`);
  });
  const ratio = ours / bare;
  report("sign-ins", `${ours.toFixed(0)}/s`, `${bare.toFixed(0)}/s`, ratio, "≥ 0.8", ratio >= 0.8);

  const idle = await load(`${muster.url}/admin/users`, 1, seconds, cookie);
  const raging = storm(8, seconds, signIn);
  const busy = await load(`${muster.url}/admin/users`, 1, seconds - 1, cookie);
  await raging;
  const slower = busy.p95 / idle.p95;
  report("list's p95 in a storm of sign-ins", ms(busy.p95), ms(idle.p95), slower, "≤ 4", slower <= 4);
}
