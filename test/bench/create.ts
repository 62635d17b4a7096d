import postgres from "postgres";
import type { Case } from "./cases.ts";
import { at, ms, report, sample } from "./measure.ts";
import { post } from "./processes.ts";

/** Times a write against one page of the floor. Servers that have been up for a while, in turns: load falls on both alike. */
export async function againstPage(name: string, floorUrl: string, write: (n: number) => Promise<void>): Promise<void> {
  const page = () => fetch(`${floorUrl}/`).then((answer) => answer.text());
  await sample(100, page);
  await sample(100, (n) => write(1000 + n));
  const bare: number[] = [];
  const times: number[] = [];
  for (let n = 0; n < 100; n++) {
    bare.push(...(await sample(1, page)));
    times.push(...(await sample(1, () => write(n))));
  }
  for (const all of [bare, times]) all.sort((a, b) => a - b);
  const ratio = at(times, 0.5) / at(bare, 0.5);
  report(name, ms(at(times, 0.5)), ms(at(bare, 0.5)), ratio, "≤ 12", ratio <= 12);
}

/** One corporate user, with a personal mailbox. Against one floor page, by the budget of an invitation. */
export const createCase: Case = async ({ world, floor, muster, cookie }) => {
  const sql = postgres(world.url, { max: 1 });
  const domain = `created-${world.rows}.test`;
  await sql`
    insert into domains (account_id, name, shown_name, status, token, verified_at, activated_at, dkim_selector, dkim_public_key, dkim_private_key)
    values (${world.accountId}, ${domain}, ${domain}, 'active', ${crypto.randomUUID()}, now(), now(), 'muster', '', '')
    on conflict do nothing`;
  await sql.end();
  const run = crypto.randomUUID().slice(0, 8);
  await againstPage("create one user, with a mailbox", floor.url, async (n) => {
    const fields = {
      firstName: "Crea",
      lastName: "Ted",
      local: `${run}-${n}`,
      domain,
      phone: "",
      personalMailbox: "on",
    };
    const made = await post(`${muster.url}/admin/users/create`, { _account: world.accountId, ...fields }, cookie);
    if (made.status !== 303) throw new Error(`creating a user answered ${made.status}`);
  });
};
