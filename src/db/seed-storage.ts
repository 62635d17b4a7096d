import { seal } from "../access/vault.ts";
import type { imapSources, mailboxUsage } from "./boxes.ts";
import type { mailboxes } from "./schema.ts";
import { day, daysAgo } from "./seed-time.ts";

type Box = typeof mailboxes.$inferInsert;

const gigabyte = 1_000_000_000;

/** The way to the demo's mailboxes that are hosted elsewhere: nobody answers there. The first was reached, others were not. */
export const demoSources = (boxes: Box[]): (typeof imapSources.$inferInsert)[] =>
  boxes
    .filter(({ kind }) => kind === "imap")
    .map(({ id, accountId, address }, n) => ({
      mailboxId: id!,
      accountId,
      host: `imap.${address.split("@")[1]}`,
      port: 993,
      security: "tls",
      username: address,
      password: seal("nobody's password"),
      reachedAt: daysAgo(n ? 9 : 0, address),
      ...(n ? { failure: "wrong_password", failedAt: daysAgo(8, address) } : {}),
    }));

/** How full the demo's mailboxes are: some nearly, one without a limit, and one that could not be measured. */
export const demoUsage = (boxes: Box[]): (typeof mailboxUsage.$inferInsert)[] =>
  boxes.map(({ id, accountId, kind, address }, n) => ({
    mailboxId: id!,
    accountId,
    bytes: Math.round((0.1 + ((n * 37) % 100) / 20) * gigabyte),
    limitBytes: kind === "imap" && n % 2 ? null : 5 * gigabyte,
    messages: 400 + ((n * 7919) % 20_000),
    source: n % 3 ? "quota" : "sum",
    measuredAt: daysAgo(0, address),
    nextAt: new Date(Date.now() + 30 * day),
  }));
