import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { accountLogos, accounts } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import type { Upload } from "../http/upload.ts";
import { t } from "../i18n/t.ts";
import { mostBytes, mostPixels, sayLogo } from "./limits.ts";
import { readPicture } from "./read-picture.ts";

/** Keeps an uploaded picture as the account's logo, in the place of any before. What it is, its bytes say. */
export async function setLogo(actor: Actor, upload: Upload) {
  const bytes = await whole(upload.bytes);
  const picture = bytes.length <= mostBytes ? readPicture(bytes) : undefined;
  if (!picture) throw new Invalid("logo", t("This is no picture that can be taken: PNG and JPEG can."));
  const { width, height } = picture;
  if (Math.min(width, height) < 1 || Math.max(width, height) > mostPixels) {
    throw new Invalid(
      "logo",
      t("The picture is {width} × {height} pixels. At most {most} a side can be taken.", {
        width: String(width),
        height: String(height),
        most: String(mostPixels),
      }),
    );
  }
  const row = { ...picture, bytes: bytes.toString("base64"), hash: createHash("sha256").update(bytes).digest("hex") };
  return db.transaction(async (tx) => {
    const [account] = await tx.select().from(accounts).where(eq(accounts.id, actor.accountId)).for("update");
    const [before] = await tx.select().from(accountLogos).where(eq(accountLogos.accountId, actor.accountId));
    const [logo] = await tx
      .insert(accountLogos)
      .values({ accountId: actor.accountId, ...row })
      .onConflictDoUpdate({ target: accountLogos.accountId, set: { ...row, createdAt: new Date() } })
      .returning();
    const subject = { type: "account" as const, id: actor.accountId, label: account!.name };
    const change = { before: { logo: before ? sayLogo(before) : "" }, after: { logo: sayLogo(logo!) } };
    await recordEvent(tx, actor, "account.changed", subject, change);
    return logo!;
  });
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
