import type { Request } from "express";
import { NotFound } from "../http/errors.ts";
import type { Locale } from "../i18n/t.ts";

/** Somebody signed in who acts on what is their own: their profile, sessions, accounts. They need no account for it. */
export interface Person {
  userId: string;
  /** The account they are at, if any: its log shows what they do. */
  accountId: string | null;
  label: string;
  email: string;
  locale: Locale;
  corporateAccountId: string | null;
  requestId?: string;
  ip?: string;
}

/** The visitor as the one who acts; behind `signedIn()` there always is one. */
export function personOf(req: Pick<Request, "visitor" | "id" | "ip">): Person {
  const { visitor } = req;
  if (!visitor) throw new NotFound();
  return {
    userId: visitor.userId,
    accountId: visitor.account?.id ?? null,
    label: visitor.email,
    email: visitor.email,
    locale: visitor.locale,
    corporateAccountId: visitor.corporateAccountId,
    ...requestOf(req),
  };
}

/** What the log keeps of a request: which one, and from where. */
export const requestOf = (req: Pick<Request, "id" | "ip">) => ({ requestId: String(req.id), ip: req.ip });
