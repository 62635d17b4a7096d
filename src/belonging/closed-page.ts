import type { Response } from "express";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { type ClosedRule, closedWords } from "./rule.ts";

/** The page for somebody whose address is in a domain that takes in nobody new (A41): why, and what to do. */
export const closedDomain = (res: Response, rule: ClosedRule): Promise<void> =>
  page(res.status(409), "shared/dead-link", {
    title: t("Nobody can register with this address now"),
    layout: "plain",
    message: closedWords(rule),
    next: { href: "/sign-in", words: t("Sign in") },
  });
