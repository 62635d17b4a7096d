import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { mails, tokens } from "../db/schema.ts";
import type { Member } from "../members/queries.ts";

/** The link to a first password: until when it works, whether that is over, and how its mail fared (null: copied, never mailed). */
export interface FirstPassword {
  until: Date;
  over: boolean;
  delivery: typeof mails.$inferSelect.status | null;
  reply: string | null;
  sentAt: Date | null;
}

/** The newest link of somebody who waits for a password; null where none is left: a block ends it (D13), for others there is none. */
export async function firstPasswordOf(
  member: Pick<Member, "status" | "userId" | "email">,
): Promise<FirstPassword | null> {
  if (member.status !== "waiting" || !member.userId) return null;
  const [found] = await db
    .select({
      until: tokens.expiresAt,
      over: sql<boolean>`${tokens.expiresAt} <= now()`,
      delivery: mails.status,
      reply: mails.reply,
      sentAt: mails.finishedAt,
    })
    .from(tokens)
    .leftJoin(mails, and(eq(mails.subjectId, tokens.id), eq(mails.kind, "first_sign_in")))
    .where(
      and(
        eq(tokens.userId, member.userId),
        eq(tokens.purpose, "first_sign_in"),
        eq(tokens.email, member.email),
        isNull(tokens.spentAt),
        isNull(tokens.replacedAt),
      ),
    )
    .orderBy(desc(tokens.createdAt))
    .limit(1);
  return found ?? null;
}
