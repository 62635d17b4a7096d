import { eq } from "drizzle-orm";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { accountLogos, accounts } from "../db/schema.ts";

/** What stands at the top of a mail that an account sends. */
export interface Brand {
  name: string;
  /** Attached to the mail itself: nothing is loaded from anywhere, so nobody learns that it was opened. */
  logo?: { cid: string; filename: string; contentType: string; content: Buffer; height: number; width: number };
}

/** How tall a logo is shown. */
const height = 32;

/** The account's name and picture; undefined for mails that are of no account. */
export async function brandOf(accountId: string | null): Promise<Brand | undefined> {
  if (!accountId) return undefined;
  const [found] = await db
    .select({ name: accounts.name, logo: accountLogos })
    .from(accounts)
    .leftJoin(accountLogos, eq(accountLogos.accountId, accounts.id))
    .where(eq(accounts.id, accountId));
  if (!found) return undefined;
  const { name, logo } = found;
  if (!logo) return { name };
  const shown = {
    cid: `${logo.hash.slice(0, 32)}@${config.MAIL_DOMAIN}`,
    filename: logo.type === "image/png" ? "logo.png" : "logo.jpg",
    contentType: logo.type,
    content: Buffer.from(logo.bytes, "base64"),
    height,
    width: Math.max(1, Math.min(160, Math.round((logo.width / logo.height) * height))),
  };
  return { name, logo: shown };
}
