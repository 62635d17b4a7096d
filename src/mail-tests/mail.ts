import { eq } from "drizzle-orm";
import { instanceName } from "../access/instance-settings.ts";
import { nameOf } from "../access/load-actor.ts";
import { linkTo } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { readBy } from "../mail/render.ts";

/** A mail that says that mail works. Subject: who asked for it, in whose language it is; `data.to` gets it. */
export const mailTestLetter: Compose = async ({ subjectId, data }) => {
  const [user] = await db.select().from(users).where(eq(users.id, subjectId));
  if (!user?.instanceAdmin || !data.to) return undefined;
  return {
    to: data.to,
    ...readBy(user),
    subject: () => t("Test mail of {instance}", { instance: instanceName() }),
    body: () => ({
      paragraphs: [
        t(
          "Mail of this installation arrives: this one went through the queue, a worker and the mail server as every other.",
        ),
        t("{name} asked for it on the Operations page.", { name: nameOf(user) }),
      ],
      button: { words: t("Open Operations"), href: linkTo("/instance/operations") },
    }),
  };
};
