import type { apiCalls, mails } from "./schema.ts";
import type { Rows } from "./seed-rows.ts";
import { demoId } from "./seed-time.ts";

const hour = 3_600_000;

/** The mails of the demo company's invitations: what became of each, for the log. */
export function demoMails({ members }: Pick<Rows, "members">): (typeof mails.$inferInsert)[] {
  return members
    .filter(({ accountId, invitedAt }) => accountId === demoId("Northwind") && invitedAt)
    .map(({ id, accountId, email, invitedAt, delivery, deliveryReply }) => {
      const bounced = delivery === "bounced";
      const at = new Date(invitedAt as Date);
      return {
        id: demoId(`mail ${email}`),
        kind: "invitation",
        accountId,
        subjectId: id!,
        status: bounced ? "bounced" : "sent",
        attempts: 1,
        sentTo: email,
        reply: bounced ? deliveryReply : "250 2.0.0 Ok: queued",
        createdAt: at,
        startedAt: at,
        finishedAt: new Date(at.getTime() + 2000),
      };
    });
}

/** What a program of the demo company asked in the last days: a directory that is compared every few hours. */
export function demoCalls(): (typeof apiCalls.$inferInsert)[] {
  const accountId = demoId("Northwind");
  const asked = [
    ["GET", "/api/v1/members", 200],
    ["GET", "/api/v1/mailboxes", 200],
    ["POST", "/api/v1/invitations", 201],
    ["GET", "/api/v1/members", 200],
    ["GET", "/api/v1/domains", 200],
    ["POST", "/api/v1/invitations", 422],
  ] as const;
  return Array.from({ length: 60 }, (_, n) => {
    const [method, path, status] = asked[n % asked.length]!;
    const title = "Unprocessable Content";
    return {
      accountId,
      clientName: "Staff directory",
      method,
      path,
      query: method === "GET" ? "limit=100" : "",
      status,
      milliseconds: 8 + ((n * 7) % 40),
      problem: status === 422 ? { title, status, detail: "This address has an open invitation already." } : null,
      requestId: demoId(`call ${n}`),
      ip: "203.0.113.24",
      at: new Date(Date.now() - (60 - n) * 3 * hour - (n % 7) * 60_000),
    };
  });
}
