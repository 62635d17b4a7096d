import { type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { standingOf } from "../domain-pages/standing.ts";
import { peopleCap } from "../domains/list.ts";
import type { Domain } from "../domains/queries.ts";
import { flash } from "../http/flash.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { addressCap, countReached } from "../mail-addresses/in-domain.ts";
import { askCheck } from "./ask-check.ts";
import { claimAgain } from "./claim-again.ts";
import { assertOpened, deactivateDomain } from "./deactivate.ts";
import { assertWithdrawable, unverifyDomain } from "./unverify.ts";

/** Mounted at /admin/domains. */
export const domainStates = Router();

domainStates.post("/:id/check", allow("domains.verify"), async (req, res) => {
  const domain = await askCheck(req.actor, req.params.id);
  res.redirect(303, `/admin/domains/${domain.id}`);
});

domainStates.post("/:id/claim", allow("domains.verify"), async (req, res) => {
  const domain = await claimAgain(req.actor, req.params.id);
  flash(
    req,
    t("{domain} is claimed again. Publish the new record; the old one proves nothing any more.", shown(domain)),
  );
  res.redirect(303, `/admin/domains/${domain.id}`);
});

domainStates.get("/:id/deactivation", allow("domains.activate"), async (req, res) => {
  const standing = await standingOf(req.actor.accountId, req.params.id);
  assertOpened(standing.domain);
  const title = t("Deactivate {domain}?", shown(standing.domain));
  return page(res, "domain-states/deactivation", { title, ...standing, peopleCap });
});

domainStates.post("/:id/deactivation", allow("domains.activate"), async (req, res) => {
  const domain = await deactivateDomain(req.actor, req.params.id);
  flash(req, t("{domain} is deactivated. Everybody who is here keeps everything.", shown(domain)));
  res.redirect(303, `/admin/domains/${domain.id}`);
});

domainStates.get("/:id/unverification", allow("domains.verify"), async (req, res) => {
  const standing = await standingOf(req.actor.accountId, req.params.id);
  assertWithdrawable(standing.domain);
  return withdrawalPage(res, standing);
});

domainStates.post("/:id/unverification", allow("domains.verify"), async (req, res) => {
  const domain = await unverifyDomain(req.actor, req.params.id);
  flash(
    req,
    t("The verification of {domain} is withdrawn. To verify it again, publish the new record.", shown(domain)),
  );
  res.redirect(303, `/admin/domains/${domain.id}`);
});

const shown = ({ shownName }: Domain) => ({ domain: shownName });

const withdrawalPage = async (res: Response, standing: Awaited<ReturnType<typeof standingOf>>) =>
  page(res, "domain-states/unverification", {
    title: t("Withdraw the verification of {domain}?", shown(standing.domain)),
    ...standing,
    peopleCap,
    addressCap,
    reached: await countReached(standing.domain),
  });
