import { Router } from "express";
import { allowInstance } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { flash } from "../http/flash.ts";
import { t } from "../i18n/t.ts";
import { askCheck } from "./ask-check.ts";
import { resendMail } from "./resend-mail.ts";
import { sendTestAlarm } from "./send-test-alarm.ts";

/** What is tried from the page of operations, which shows what came of it. At /instance/operations. */
export const mailTests = Router();

const here = "/instance/operations";

mailTests.post("/mail-server-check", allowInstance(), async (req, res) => {
  await askCheck(personOf(req));
  return res.redirect(303, `${here}#mail`);
});

mailTests.post("/mails/:mailId/delivery", allowInstance(), async (req, res) => {
  await resendMail(personOf(req), req.params.mailId);
  flash(req, t("The mail is sent again."));
  return res.redirect(303, `${here}#mail`);
});

mailTests.post("/test-alarm", allowInstance(), async (req, res) => {
  await sendTestAlarm(personOf(req));
  flash(req, t("A test alarm is on its way."));
  return res.redirect(303, `${here}#alarms`);
});
