import { type Request, type Response, Router } from "express";
import packageFile from "../../package.json" with { type: "json" };
import { allowInstance } from "../access/guard.ts";
import { inWords } from "../access/limits.ts";
import { personOf } from "../access/person.ts";
import { changeRecipients, recipientsForm } from "../alarms/change-recipients.ts";
import { administrators, recentAlarms } from "../alarms/recipients.ts";
import { alarmAdvice, alarmWords } from "../alarms/words.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { askCheck } from "../log-checks/ask.ts";
import { kindWords, statusWords } from "../logs/mails.ts";
import { lastCheck, lastTest } from "../mail-tests/queries.ts";
import { mailTestForm, sendTest } from "../mail-tests/send-test.ts";
import { headline, signals } from "./board.ts";
import { sizeFacts } from "./database.ts";
import { factsWithin } from "./facts.ts";
import { giveUpJob } from "./give-up-job.ts";
import { troubledMails } from "./mails.ts";
import { lines, troubledJobs, workerLines } from "./queue.ts";
import { retryJob } from "./retry-job.ts";

/** How the installation stands, for whoever runs it. At /instance/operations. */
export const operations = Router();

const here = "/instance/operations";

/** Everything that the page shows of how things stand; it is the same for the page and for the part that asks again. */
async function standing(req: Request) {
  const facts = await factsWithin(2000);
  const all = signals(facts);
  return {
    facts,
    signals: all,
    headline: headline(facts, all),
    alarms: (await recentAlarms()).map((alarm) => ({
      ...alarm,
      words: alarmWords(alarm.kind, alarm.detail),
      advice: alarmAdvice(alarm.kind),
    })),
    lines: await lines(),
    workers: await workerLines(),
    jobs: await troubledJobs(),
    mails: await troubledMails(),
    kinds: kindWords(),
    statuses: statusWords(),
    sizes: await sizeFacts(),
    test: await lastTest(personOf(req).userId),
    check: await lastCheck(),
    version: packageFile.version,
    node: process.versions.node,
    inWords,
  };
}

async function show(req: Request, res: Response, refused?: Form<unknown>) {
  const state = await standing(req);
  if (req.get("HX-Request") && !refused) return fragment(res, "operations/_state", state);
  const { alarmRecipients } = await instance();
  return page(refused ? res.status(422) : res, "operations/index", {
    title: t("Operations"),
    ...state,
    administrators: (await administrators()).map(({ email }) => email),
    // Two forms share the page: the one that was not sent stands as ever.
    form: {
      ...(refused ?? blankForm()),
      typed: { recipients: alarmRecipients.join("\n"), to: req.visitor?.email ?? "", ...refused?.typed },
    },
  });
}

operations.get("/", allowInstance(), (req, res) => show(req, res));

operations.post("/mail-test", allowInstance(), async (req, res) => {
  const form = readForm(mailTestForm, req.body);
  const sent = await attempt(form, (values) => sendTest(personOf(req), values));
  if (!sent) return show(req, res, form);
  return res.redirect(303, `${here}#mail`);
});

operations.post("/recipients", allowInstance(), async (req, res) => {
  const form = readForm(recipientsForm, req.body);
  const saved = await attempt(form, async ({ recipients }) => {
    await changeRecipients(personOf(req), recipients);
    return true;
  });
  if (!saved) return show(req, res, form);
  flash(req, t("Alarms are mailed to these addresses from now on."));
  return res.redirect(303, `${here}#alarms`);
});

operations.post("/log-check", allowInstance(), async (req, res) => {
  await askCheck(personOf(req));
  flash(req, t("A worker verifies the audit log now. What it finds stands on this page."));
  return res.redirect(303, `${here}#log`);
});

operations.post("/jobs/:jobId/retry", allowInstance(), async (req, res) => {
  await retryJob(personOf(req), req.params.jobId);
  flash(req, t("The job is tried again now."));
  return res.redirect(303, `${here}#jobs`);
});

operations.post("/jobs/:jobId/removal", allowInstance(), async (req, res) => {
  await giveUpJob(personOf(req), req.params.jobId);
  flash(req, t("The job is given up."));
  return res.redirect(303, `${here}#jobs`);
});
