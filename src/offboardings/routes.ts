import { Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { eventTitle } from "../audit/titles.ts";
import { flash } from "../http/flash.ts";
import { readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { isRestorable } from "../members/queries.ts";
import { notGivenAgain } from "../members/restore.ts";
import { checkAgain } from "../offboarding-receipts/check-again.ts";
import { receiptFile } from "../offboarding-receipts/file.ts";
import { isClean, keptOf } from "../offboarding-receipts/receipt.ts";
import { countLines } from "../offboarding-receipts/words.ts";
import { cancelOffboarding } from "./cancel.ts";
import { listQuery } from "./forms.ts";
import { planLines } from "./plan-lines.ts";
import { listOffboardings, offboardingFor, statuses } from "./queries.ts";
import { restoreLeaver } from "./restore.ts";
import { reasonWords, statusOf } from "./words.ts";

/** Who has left, who will, and the receipts. Mounted at /admin/offboardings. */
export const offboardings = Router();

offboardings.get("/", allow("users.delete"), async (req, res) => {
  const { status, after } = readForm(listQuery, req.query).values;
  const { rows, next } = await listOffboardings(req.actor.accountId, { status, after });
  return page(res, "offboardings/index", {
    title: t("Offboardings"),
    rows: rows.map((shown) => {
      const kept = keptOf(shown.row.receipt);
      return { ...shown, status: statusOf(shown.row.status), clean: kept && isClean(kept.again ?? kept.first) };
    }),
    status,
    next,
    pills: [["all", t("All")], ...statuses.map((each) => [each, statusOf(each)[2]])],
  });
});

offboardings.get("/:id", allow("users.delete"), async (req, res) => {
  const shown = await offboardingFor(req.actor.accountId, req.params.id);
  const kept = keptOf(shown.row.receipt);
  return page(res, "offboardings/offboarding", {
    title: t("Offboarding of {name}", { name: shown.name }),
    ...shown,
    status: statusOf(shown.row.status),
    reason: reasonWords(shown.row.failure ?? ""),
    plan: shown.row.status === "done" || shown.row.status === "restored" ? undefined : await planLines(shown.row),
    receipts: kept && [kept.again, kept.first].flatMap((receipt) => receipt ?? []),
    isClean,
    countLines,
    eventTitle,
    restorable: shown.row.status === "done" && isRestorable(shown.member),
  });
});

offboardings.get("/:id/receipt.pdf", allow("users.delete"), async (req, res) => {
  const shown = await offboardingFor(req.actor.accountId, req.params.id);
  const { bytes, headers } = await receiptFile(shown, req.visitor!.account!.name);
  res.set(headers).end(bytes);
});

offboardings.post("/:id/check", allow("users.delete"), async (req, res) => {
  await checkAgain(req.actor, req.params.id);
  flash(req, t("Looked again: the newest receipt stands first."));
  res.redirect(303, `/admin/offboardings/${req.params.id}`);
});

offboardings.post("/:id/cancellation", allow("users.delete"), async (req, res) => {
  const row = await cancelOffboarding(req.actor, req.params.id);
  flash(req, t("The plan is cancelled. Nothing was changed."));
  res.redirect(303, `/admin/offboardings/${row.id}`);
});

offboardings.post("/:id/restoration", allow("users.delete"), async (req, res) => {
  const { member, left } = await restoreLeaver(req.actor, req.params.id);
  flash(req, t("{name} is back. What was handed over stays where it is.", { name: nameOf(member) }));
  if (left > 0) flash(req, notGivenAgain(left), "failed");
  res.redirect(303, `/admin/offboardings/${req.params.id}`);
});
