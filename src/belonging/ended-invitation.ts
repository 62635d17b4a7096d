import { sql } from "drizzle-orm";
import { type MemberStatus, members } from "../db/schema.ts";

/**
 * What an invitation becomes that ended without a yes, for an update of `members`: it is over. But whom the account's own
 * domain took in while it waited is in the account, and stays there, without what it offered.
 */
export const endedInvitation = (status: "declined" | "revoked" | "expired") => ({
  status: sql<MemberStatus>`case when ${members.corporate} then 'active' else ${status} end`,
  endedAt: sql`case when ${members.corporate} then null else now() end`,
  joinedAt: sql`case when ${members.corporate} then now() else ${members.joinedAt} end`,
  expiresAt: sql`case when ${members.corporate} then null else ${members.expiresAt} end`,
});
