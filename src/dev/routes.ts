import { Router } from "express";
import { z } from "zod";
import { open } from "../access/guard.ts";
import { NotFound } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { readForm } from "../http/form.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { currentInbox } from "./current.ts";
import type { Inbox } from "./inbox.ts";
import { inboxModes, modeTitles } from "./modes.ts";
import { framed } from "./sandbox.ts";

/** The built-in inbox: every mail that Muster sends in development, whoever it is for. Never mounted in production. */
export const dev = Router();

const why = "development only, on this machine only";

function here(): Inbox {
  const inbox = currentInbox();
  if (!inbox) throw new NotFound(t("The built-in inbox runs with “npm start” only."));
  return inbox;
}

dev.get("/inbox", open(why), (req, res) => {
  const { mails, mode } = here();
  const mail = mails.find(({ id }) => id === req.query.mail);
  if (req.get("HX-Request")) return fragment(res, "dev/_list", { mails, mail });
  return page(res, "dev/inbox", { title: t("Inbox"), layout: "plain", mails, mail, mode, modes: modeTitles() });
});

dev.get("/inbox.json", open(why), (_req, res) => {
  res.json(here().mails.map(({ id, to, subject, text, html, at }) => ({ id, to, subject, text, html, at })));
});

dev.post("/inbox/mode", open(why), (req, res) => {
  const form = readForm(z.object({ mode: z.enum(inboxModes) }), req.body);
  if (!form.ok) throw new NotFound();
  here().mode = form.values.mode;
  flash(req, modeTitles()[form.values.mode]);
  res.redirect(303, "/dev/inbox");
});

dev.get("/inbox/:id", open(why), (req, res) => {
  const { mails, mode } = here();
  const mail = mails.find(({ id }) => id === req.params.id);
  if (!mail) throw new NotFound(t("This mail is not in the inbox."));
  return page(res, "dev/inbox", { title: mail.subject, layout: "plain", mails, mode, modes: modeTitles(), mail });
});

dev.get("/inbox/:id/body", open(why), (req, res) => {
  const mail = here().mails.find(({ id }) => id === req.params.id);
  if (!mail) throw new NotFound(t("This mail is not in the inbox."));
  framed(res)
    .type("html")
    .send(mail.html.replace(/<head>/i, '<head><base target="_top">'));
});
