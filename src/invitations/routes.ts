import { type Request, type Response, Router } from "express";
import { open } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { requestOf } from "../access/person.ts";
import { blankProfile, newProfileForm } from "../auth/forms.ts";
import { openSession } from "../auth/sign-in.ts";
import { closedDomain } from "../belonging/closed-page.ts";
import { deadLink } from "../http/dead-link.ts";
import { type Control, NotFound } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { attempt, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { tokenPage } from "../http/security.ts";
import { t } from "../i18n/t.ts";
import { offerLines } from "../offers/offer.ts";
import { askForProof } from "./ask-proof.ts";
import { closedPage } from "./closed.ts";
import { findInvitation, type Invitation, offerOfMember } from "./queries.ts";
import { registerInvited } from "./register.ts";

/** Behind a mailed or copied link, at /invitations. */
export const invitations = Router();

const anyone = open("a mailed link");
const plain = { layout: "plain" } as const;

/** What every page about an open invitation shows. */
const about = async (found: Invitation) => ({
  ...plain,
  member: found.member,
  account: found.account,
  inviter: found.inviter ? nameOf(found.inviter) : found.account.name,
  lines: offerLines(await offerOfMember(found.member.id)),
});

/**
 * Answers in every case but these: an open invitation for somebody new, or behind a copied link; it is returned. Changes
 * nothing (X6, T9).
 */
async function settle(req: Request<{ token: string }>, res: Response): Promise<Invitation | undefined> {
  const found = await findInvitation(req.params.token);
  if (!found) return void (await deadLink(res, "unknown", { href: "/", words: t("Go to the start page") }));
  if (found.standing !== "open") return void (await closedPage(res, found, req.visitor?.email === found.member.email));

  const { email } = found.member;
  if (req.visitor && req.visitor.email !== email) {
    const locals = {
      title: t("This invitation is for somebody else"),
      secret: req.params.token,
      ...(await about(found)),
    };
    res.locals.control = "recipient" satisfies Control;
    return void (await page(res.status(403), "invitations/other-person", locals));
  }
  if (req.visitor) return void res.redirect(303, "/profile/invites");
  // A copied link is in somebody else's hands too: it does not tell them whether the address is registered (T12).
  if (found.registered && found.token.purpose === "invitation") {
    const next = encodeURIComponent(`/invitations/${req.params.token}`);
    return void res.redirect(303, `/sign-in?next=${next}&email=${encodeURIComponent(email)}`);
  }
  return found;
}

async function showForm(req: Request<{ token: string }>, res: Response, found: Invitation, posted?: Form<unknown>) {
  const title = t("You are invited to {account}", { account: found.account.name });
  const { rule } = found;
  if (!found.registered && rule.kind === "closed") return closedDomain(res, rule);
  const locals = { title, secret: req.params.token, rule, ...(await about(found)) };
  if (found.token.purpose === "invitation_link") return page(res, "invitations/copied-link", locals);
  return page(posted ? res.status(422) : res, "invitations/registration", {
    ...locals,
    form: posted ?? blankProfile({ firstName: found.member.firstName, lastName: found.member.lastName }),
  });
}

invitations.get("/:token", anyone, tokenPage, async (req: Request<{ token: string }>, res) => {
  const found = await settle(req, res);
  if (found) await showForm(req, res, found);
});

invitations.post("/:token/registration", anyone, tokenPage, async (req: Request<{ token: string }>, res) => {
  const found = await settle(req, res);
  if (!found) return;
  if (found.token.purpose !== "invitation") throw new NotFound();

  const form = readForm(newProfileForm, req.body);
  const done = await attempt(form, (values) => registerInvited(found.token, values, requestOf(req)));
  if (!form.ok) return showForm(req, res, found, form);
  if (!done) return closedPage(res, { ...found, standing: "accepted" });

  await openSession(req, { id: done.user.id }, { method: "link" });
  req.session.accountId = done.member.accountId;
  flash(
    req,
    t("Welcome, {name}. You are in {account} now.", { name: done.user.firstName, account: found.account.name }),
  );
  res.redirect(303, "/");
});

invitations.post("/:token/proof", anyone, tokenPage, async (req: Request<{ token: string }>, res) => {
  const found = await settle(req, res);
  if (!found) return;
  if (found.token.purpose !== "invitation_link") throw new NotFound();

  await askForProof(found.token, req.ip);
  return page(res, "invitations/proof-sent", { title: t("Look into your inbox"), ...plain, email: found.member.email });
});
