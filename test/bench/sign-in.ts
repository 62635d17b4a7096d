import autocannon from "autocannon";
import { checkPassword, hashPassword } from "../../src/auth/passwords.ts";
import type { Bench } from "./cases.ts";
import { load, ms, report } from "./measure.ts";
import { browserHeaders, post } from "./processes.ts";
import { password } from "./world.ts";

/** How many people sign in at once. More than the hashes at once, so that none of those waits for work. */
const lanes = 8;

/** Bare checks of a password a second: the same function with the same settings and bounds, in this process. */
async function bareChecks(seconds: number): Promise<number> {
  const hash = await hashPassword(password);
  const end = performance.now() + seconds * 1000;
  let done = 0;
  const lane = async () => {
    for (; performance.now() < end; done++) await checkPassword(hash, password);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done / seconds;
}

const people = 200;
const emailOf = (n: number) => `signer${1 + (n % people)}@bench.test`;
const bodyOf = (n: number) => new URLSearchParams({ email: emailOf(n), password }).toString();

/** Signs everybody in once and returns what each browser keeps afterwards to be known again: the device's cookie. */
async function devicesOf(url: string): Promise<string[]> {
  const kept: string[] = [];
  for (let n = 0; n < people; n++) {
    const answer = await post(`${url}/sign-in`, { email: emailOf(n), password });
    kept.push(
      answer.headers
        .getSetCookie()
        .find((line) => line.includes("muster-device"))!
        .split(";")[0]!,
    );
  }
  return kept;
}

/**
 * Sign-ins a second, each lane with people of its own, from a load generator that leaves the machine to the servers. With
 * `devices` they come on the devices that they used before, as people do; without, each on a new one, of which its owner is told.
 */
function storm(url: string, seconds: number, devices?: string[]): Promise<number> {
  const headersOf = (n: number) => ({
    ...browserHeaders,
    "Content-Type": "application/x-www-form-urlencoded",
    ...(devices && { Cookie: devices[n % people]! }),
  });
  let lane = 0;
  return new Promise((resolve, reject) => {
    const options = {
      url: `${url}/sign-in`,
      connections: lanes,
      duration: seconds,
      method: "POST" as const,
      headers: headersOf(0),
      body: bodyOf(0),
      setupClient: (client: autocannon.Client) => {
        let n = (lane++ * people) / lanes;
        const next = () => client.setHeadersAndBody(headersOf(n), bodyOf(n));
        next();
        client.on("response", () => {
          n++;
          next();
        });
      },
    };
    autocannon(options, (error, result) => {
      if (error) return reject(error);
      if (result["3xx"] === 0 || result["4xx"] + result["5xx"] + result.errors > 0) {
        return reject(new Error(`sign-ins: ${result["4xx"]} refused, ${result["5xx"] + result.errors} failed`));
      }
      resolve(result["3xx"] / result.duration);
    });
  });
}

/** Sign-ins against bare argon2 checks, and what a storm of them does to the list; and what the rows of a sign-in leave of those. */
export async function signInCase({ floor, muster, cookie, seconds }: Bench): Promise<void> {
  const devices = await devicesOf(muster.url);
  await storm(muster.url, 2, devices);
  await storm(floor.url, 2, devices);
  let [bare, ours, rows] = [0, 0, 0];
  // In turns: a machine does not do the same in each minute.
  for (let turn = 0; turn < 3; turn++) {
    bare += (await bareChecks(seconds)) / 3;
    ours += (await storm(muster.url, seconds, devices)) / 3;
    rows += (await storm(floor.url, seconds, devices)) / 3;
  }
  const ratio = ours / bare;
  report("sign-ins", `${ours.toFixed(0)}/s`, `${bare.toFixed(0)}/s`, ratio, "≥ 0.8", ratio >= 0.8);
  report(
    "against a page that only writes the same rows",
    `${ours.toFixed(0)}/s`,
    `${rows.toFixed(0)}/s`,
    ours / rows,
    "",
    null,
  );
  report("that page itself", `${rows.toFixed(0)}/s`, `${bare.toFixed(0)}/s`, rows / bare, "", null);
  const strange = await storm(muster.url, seconds);
  report("each on a new device", `${strange.toFixed(0)}/s`, `${bare.toFixed(0)}/s`, strange / bare, "", null);

  const idle = await load(`${muster.url}/admin/users`, 1, seconds, cookie);
  const raging = storm(muster.url, seconds, devices);
  const busy = await load(`${muster.url}/admin/users`, 1, seconds - 1, cookie);
  await raging;
  const slower = busy.p95 / idle.p95;
  report("list's p95 in a storm of sign-ins", ms(busy.p95), ms(idle.p95), slower, "≤ 4", slower <= 4);
}
