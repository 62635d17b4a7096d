import { eq } from "drizzle-orm";
import { instanceName } from "../access/instance-settings.ts";
import { linkTo } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { readBy } from "../mail/render.ts";
import { findAlarm } from "./settle.ts";
import { alarmAdvice, alarmWords } from "./words.ts";

/** An alarm, or that it is over. Subject: the alarm; `data.to` is told, in their language where they have a profile here. */
export const alarmLetter: Compose = async ({ subjectId, data }) => {
  const alarm = await findAlarm(subjectId);
  if (!alarm || !data.to) return undefined;
  const [reader] = await db.select().from(users).where(eq(users.email, data.to));
  const over = data.what === "cleared";
  return {
    to: data.to,
    ...(reader ? readBy(reader) : { locale: "en" as const, timeZone: "UTC" }),
    subject: () => {
      const words = { instance: instanceName(), what: alarmWords(alarm.kind, alarm.detail) };
      return over ? t("{instance}, over: {what}", words) : t("{instance}, alarm: {what}", words);
    },
    body: () => ({
      paragraphs: [
        ...(over ? [t("This alarm is over.")] : []),
        alarmWords(alarm.kind, alarm.detail),
        ...(over ? [] : [alarmAdvice(alarm.kind)]),
      ],
      facts: [
        [t("Since"), formatDateTime(alarm.raisedAt)] as [string, string],
        ...(alarm.detail.reply ? [[t("What the server said"), String(alarm.detail.reply)] as [string, string]] : []),
        ...(over && alarm.clearedAt ? [[t("Over since"), formatDateTime(alarm.clearedAt)] as [string, string]] : []),
      ],
      button: { words: t("Open Operations"), href: linkTo("/instance/operations") },
    }),
  };
};
