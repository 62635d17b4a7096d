import { z } from "zod";
import { address } from "../access/address.ts";
import { day } from "../audit/forms.ts";
import { ticked } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { versionField } from "../profile/forms.ts";

const date = z
  .string()
  .trim()
  .refine((text) => text === "" || day(text) !== "", { error: () => t("Enter a day such as 2026-11-30, or none.") });

const fields = { keepCopy: ticked(), from: date, until: date };

export const forwardForm = z.object({ address: address(), ...fields, outside: ticked() });
export const forwardChangeForm = z.object({ ...fields, version: versionField() });

/** Days `yyyy-mm-dd` in the person's time zone, both included; empty for from now on, and for until it is ended. */
export interface Days {
  from: string;
  until: string;
}
