import type { Response } from "express";
import type { TokenState } from "../access/tokens.ts";
import { t } from "../i18n/t.ts";
import { page } from "./render.ts";

/** How a link stands; `unknown` is one that we never made, or cut off on its way. */
export type DeadLink = Exclude<TokenState, "good"> | "unknown";

const words: Record<DeadLink, [title: string, message: string]> = {
  unknown: [
    "This link leads nowhere",
    "It may have been cut off on its way. Open it from the mail again, or copy all of it.",
  ],
  spent: ["This link was used already", "Each link works once, so that nobody can use it after you."],
  replaced: ["There is a newer link", "Only the newest one works. Look for a later mail."],
  expired: ["This link is too old", "Links work for a limited time only, so that an old mail opens nothing."],
};

/** The page for a link that does not work (any more): why, and what to do next. A dead one is in the wrong state: 409 (D18). */
export function deadLink(res: Response, state: DeadLink, next: { href: string; words: string }): Promise<void> {
  const [title, message] = words[state];
  const status = state === "unknown" ? 404 : 409;
  return page(res.status(status), "shared/dead-link", { title: t(title), layout: "plain", message: t(message), next });
}
