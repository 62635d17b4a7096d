import { Secret, TOTP } from "otpauth";
import postgres from "postgres";
import type { Bench } from "./cases.ts";
import { at, ms, report } from "./measure.ts";
import { post, productionEnv } from "./processes.ts";
import { password } from "./world.ts";

const count = 60;

/** One whole sign-in, milliseconds: the password, and where it is asked for, a code of the authenticator app. */
async function signIn(url: string, email: string, secret?: string): Promise<number> {
  const began = performance.now();
  const first = await post(`${url}/sign-in`, { email, password });
  if (first.status !== 303) throw new Error(`sign-in answered ${first.status}`);
  if (secret) {
    const cookie = first.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const second = await post(`${url}/sign-in/second`, { code }, cookie);
    if (second.status !== 303) throw new Error(`the second step answered ${second.status}`);
  }
  return performance.now() - began;
}

/** Signing in with a second factor against without, one after the other: people of their own each time, as no code counts twice. */
export async function secondFactorCase({ muster, world }: Bench): Promise<void> {
  // This process read its configuration before the benchmark's: what it seals the server has to be able to read.
  const { config } = await import("../../src/config.ts");
  const [id, key] = productionEnv.ENCRYPTION_KEYS.split(":");
  config.ENCRYPTION_KEYS = [{ id: id!, key: Buffer.from(key!, "base64") }];
  const { seal } = await import("../../src/access/vault.ts");
  const sql = postgres(world.url, { max: 1, onnotice: () => {} });
  const people = await sql<{ id: string; email: string }[]>`
    select id, email from users where email like 'signer%' order by email limit ${count * 2}`;
  const [plain, both] = [people.slice(0, count), people.slice(count)];
  const secret = new Secret({ size: 20 }).base32;
  await sql`insert into totp_secrets ${sql(both.map(({ id }) => ({ user_id: id, secret: seal(secret), confirmed_at: new Date() })))}`;
  const times = async (who: { email: string }[], code?: string) => {
    const all: number[] = [];
    for (const { email } of who) all.push(await signIn(muster.url, email, code));
    return all.sort((a, b) => a - b);
  };
  try {
    await times(plain.slice(0, 10));
    const one = at(await times(plain), 0.5);
    const two = at(await times(both, secret), 0.5);
    report("sign-in with second factor, median", ms(two), ms(one), two / one, "", null);
  } finally {
    await sql`delete from totp_secrets where user_id = any(${both.map(({ id }) => id)}::uuid[])`;
    await sql.end();
  }
}
