import type { Request, Response } from "express";
import { personOf } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { sessionCookie } from "../http/session.ts";

/**
 * Ends this session for good: its row, its cookie, and a line in the log. The browser forgets what it kept of our pages
 * (ASVS 14.3.1), but for the cookies that know a device again: without them its owner would be told of it as a new one.
 */
export async function signOut(req: Request, res: Response): Promise<void> {
  const person = personOf(req);
  await db.transaction((tx) =>
    recordEvent(tx, person, "user.signed_out", { type: "user", id: person.userId, label: person.label }),
  );
  await new Promise<void>((resolve, reject) => req.session.destroy((error) => (error ? reject(error) : resolve())));
  res.clearCookie(sessionCookie, { path: "/" });
  res.set("Clear-Site-Data", '"cache", "storage"');
}
