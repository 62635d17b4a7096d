import type { signIns } from "./schema.ts";
import type { Rows } from "./seed-rows.ts";
import { daysAgo } from "./seed-time.ts";

const mac =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15";
const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const phone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1";

type Row = typeof signIns.$inferInsert;

/** One way of somebody's life with the console: the office, a telephone on the way, a stranger who guesses. */
const story: (Pick<Row, "ip" | "country" | "userAgent"> & { days: number[]; refused?: true; first?: true })[] = [
  { days: [9, 7, 6, 3, 2], ip: "217.0.117.24", country: "DE", userAgent: mac },
  { days: [5], ip: "145.224.72.9", country: "NL", userAgent: phone, first: true },
  { days: [4], ip: "145.224.72.9", country: "NL", userAgent: phone },
  { days: [8], ip: "81.2.69.160", country: "GB", userAgent: windows, refused: true },
];

/** Sign-ins of those who are active, as far back as the history of the demo goes. */
export function demoSignIns({ users }: Rows): Row[] {
  const all = users
    .filter(({ lastSignInAt }) => lastSignInAt)
    .slice(0, 12)
    .flatMap(({ id, email }) =>
      story.flatMap(({ days, refused, first, ...where }) =>
        days.map((day) => ({
          ...where,
          userId: id!,
          at: daysAgo(day, `sign-in ${email} ${day}`),
          method: "password" as const,
          outcome: refused ? ("refused" as const) : ("signed_in" as const),
          newDevice: first ?? false,
        })),
      ),
    );
  // The list walks by number.
  return all.sort((a, b) => +a.at - +b.at);
}
