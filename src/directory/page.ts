import { and, desc, eq, ne } from "drizzle-orm";
import { db } from "../db/client.ts";
import { members } from "../db/schema.ts";

/** The newest members of an account. */
export const newestMembers = (accountId: string, size: number) =>
  db
    .select()
    .from(members)
    .where(and(eq(members.accountId, accountId), ne(members.status, "removed")))
    .orderBy(desc(members.createdAt), desc(members.id))
    .limit(size);
