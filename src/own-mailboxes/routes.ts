import { Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { ownMailboxes } from "./queries.ts";

/** One's own mailboxes, at /profile/mailboxes: the way to them for people without any right in a console. */
export const ownMailboxList = Router();

ownMailboxList.get("/", signedIn(), async (req, res) =>
  page(res, "own-mailboxes/index", {
    title: t("Your mailboxes"),
    mailboxes: await ownMailboxes(personOf(req).userId, req.visitor?.account?.id),
  }),
);
