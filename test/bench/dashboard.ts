import type { Case } from "./cases.ts";
import { at, ms, report, sample } from "./measure.ts";

const get = async (url: string, cookie: string) => {
  const answer = await fetch(url, { headers: { cookie, "X-Forwarded-Proto": "https" } });
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
};

/** The dashboard beside the list page, as it is counted: before the first count, then from a job's. And what a count takes. */
export const dashboardCase: Case = async ({ world, muster, cookie }) => {
  const { storeFigures } = await import("../../src/figures/store.ts");
  const { noteDay } = await import("../../src/figures/daily.ts");
  const time = async (path: string) => {
    await sample(20, () => get(muster.url + path, cookie));
    return at(await sample(50, () => get(muster.url + path, cookie)), 0.5);
  };
  const list = await time("/admin/users");
  const first = at(await sample(1, () => get(`${muster.url}/admin/dashboard`, cookie)), 0.5);
  report("dashboard, before it was ever counted", ms(first), ms(list), first / list, "", null);
  const night = at(await sample(1, () => noteDay(null, 100_000)), 0.5);
  report("a year of days made up for all accounts", ms(night), "", null, "", null);
  const count = at(await sample(3, () => storeFigures(world.accountId)), 0.5);
  report("one count of the account, by the job", ms(count), "", null, "", null);
  const own = await time("/admin/dashboard");
  report("dashboard, against the users list", ms(own), ms(list), own / list, "≤ 3", own / list <= 3);
};
