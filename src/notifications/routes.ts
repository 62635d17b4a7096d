import { type Request, type Response, Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { flash } from "../http/flash.ts";
import { readForm } from "../http/form.ts";
import { isUuid } from "../http/ids.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { chooseNotifications } from "./choose.ts";
import { choicesForm } from "./forms.ts";
import { alwaysMailed } from "./kinds.ts";
import { bellsOf, choicesOf } from "./queries.ts";
import { readAll } from "./read-all.ts";
import { bellLink, bellWords, kindWords } from "./words.ts";

export const notifications = Router();

async function show(req: Request, res: Response) {
  const { userId } = personOf(req);
  const { bells, older } = await bellsOf(userId, isUuid(req.query.before) ? req.query.before : undefined);
  return page(res, "notifications/index", {
    title: t("Notifications"),
    bells: bells.map((bell) => ({ ...bell, words: bellWords(bell), href: bellLink(bell) })),
    older,
    kinds: kindWords(),
    alwaysMailed,
    choices: await choicesOf(userId),
  });
}

notifications.get("/", signedIn(), (req, res) => show(req, res));

notifications.post("/read", signedIn(), async (req, res) => {
  await readAll(personOf(req));
  res.redirect(303, "/profile/notifications");
});

notifications.post("/choices", signedIn(), async (req, res) => {
  const form = readForm(choicesForm, req.body);
  if (!form.ok) return show(req, res.status(422));
  await chooseNotifications(personOf(req), form.values);
  flash(req, t("Your choice is saved."));
  return res.redirect(303, "/profile/notifications");
});
