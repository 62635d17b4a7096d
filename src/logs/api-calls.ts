import { sql } from "drizzle-orm";
import { run } from "../db/client.ts";
import { t } from "../i18n/t.ts";
import { boundsOf, idIn, oneOf, readSpan } from "./filters.ts";
import { type Log, rfc3339 } from "./log.ts";
import { byNumber, walk } from "./walk.ts";

interface Call {
  at: Date;
  clientId: string | null;
  clientName: string;
  method: string;
  path: string;
  query: string;
  status: number;
  milliseconds: number;
  problem: Record<string, unknown> | null;
  requestId: string | null;
  ip: string | null;
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const statuses = ["2xx", "3xx", "4xx", "5xx"] as const;

/** Where a time stands among the calls of everybody: their numbers grow with it, but for those that came at once. */
const nearest = (edge: ReturnType<typeof sql>, way: "first" | "last") =>
  way === "first"
    ? sql`coalesce((select id - 1000 from api_calls where at >= ${edge} order by at limit 1), 9223372036854775807)`
    : sql`coalesce((select id + 1000 from api_calls where at < ${edge} order by at desc limit 1), 0)`;

/** What programs asked, and what they were answered. Written by src/api-calls. */
export const apiCallLog: Log<Call> = {
  path: "",
  file: "api-calls",
  icon: "monitor",
  title: () => t("API calls"),
  about: () => t("What programs asked over the API, and what they were answered. No contents."),
  empty: () => t("As soon as a program uses the API of this account, its requests are written here."),
  partial: "/logs/_call",
  read: (query) => ({
    ...readSpan(query),
    client: idIn(query.client),
    method: oneOf(query.method, methods),
    status: oneOf(query.status, statuses),
  }),
  find(actor, asked, place, size) {
    const { since, until } = boundsOf(actor, asked);
    const within = [sql`l.account_id = ${actor.accountId}`];
    if (since) within.push(sql`l.id >= ${nearest(since, "first")}`, sql`l.at >= ${since}`);
    if (until) within.push(sql`l.id <= ${nearest(until, "last")}`, sql`l.at < ${until}`);
    const conditions = [];
    if (asked.client) conditions.push(sql`l.client_id = ${asked.client}::uuid`);
    if (asked.method) conditions.push(sql`l.method = ${asked.method}`);
    if (asked.status) conditions.push(sql`l.status / 100 = ${Number(asked.status[0])}::int`);
    const columns = sql`l.at, l.client_id as "clientId", l.client_name as "clientName", l.method, l.path, l.query, l.status,
      l.milliseconds, l.problem, l.request_id as "requestId", l.ip`;
    return walk<Call>({ table: sql`api_calls`, key: byNumber, within, asked: conditions, columns }, place, size);
  },
  async fields({ accountId }) {
    const clients = await run<{ id: string; name: string }>(
      sql`select id, name from api_clients where account_id = ${accountId} order by ended_at is not null, name limit 200`,
    );
    return [
      {
        name: "client",
        label: t("Program"),
        type: "select",
        all: t("Every program"),
        options: clients.map(({ id, name }) => [id, name]),
      },
      {
        name: "method",
        label: t("Method"),
        type: "select",
        all: t("Every method"),
        options: methods.map((m) => [m, m]),
      },
      {
        name: "status",
        label: t("Answer"),
        type: "select",
        all: t("Every answer"),
        options: [
          ["2xx", t("Done (2xx)")],
          ["3xx", t("Elsewhere (3xx)")],
          ["4xx", t("Refused (4xx)")],
          ["5xx", t("Failed (5xx)")],
        ],
      },
    ];
  },
  show: (_actor, rows) =>
    rows.map((row) => ({
      ...row,
      at: new Date(row.at),
      look: row.status >= 500 ? "bad" : row.status >= 400 ? "wait" : "good",
    })),
  head: () => [
    t("Time"),
    t("Program"),
    t("Method"),
    t("Path"),
    t("Query"),
    t("Status"),
    t("Milliseconds"),
    t("Problem"),
    t("IP address"),
    t("Request"),
  ],
  line: (row) => [
    rfc3339(row.at),
    row.clientName,
    row.method,
    row.path,
    row.query,
    String(row.status),
    String(row.milliseconds),
    row.problem ? String(row.problem.detail ?? row.problem.title ?? "") : "",
    row.ip ?? "",
    row.requestId ?? "",
  ],
};
