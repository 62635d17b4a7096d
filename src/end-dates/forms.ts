import { z } from "zod";
import { isUuid } from "../http/ids.ts";
import { untilField } from "../http/until.ts";
import { t } from "../i18n/t.ts";

/** The last day of a guest; empty: no guest. */
export const guestForm = z.object({ until: untilField() });

/** The last day of a grant, and the mailbox of the card that it stands on. */
export const grantDateForm = z.object({
  until: untilField(),
  line: z.string().max(60).catch(""),
  mailbox: z.string().transform((text) => (isUuid(text) ? text : null)),
});

/** A later day for what stands in the list. */
export const extendForm = z.object({
  until: untilField().refine((until) => until !== null, { error: () => t("Choose the new last day.") }),
});

/** Which grant a page is about. */
export const lineQuery = z.object({
  line: z.string().max(60).catch(""),
  mailbox: z.string().transform((text) => (isUuid(text) ? text : null)),
});
