import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/min";
import type { Reader } from "../db/client.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";

/**
 * What to store for a typed number: E.164 (`+4930123456`), null for none, undefined (leave it) where the installation has
 * no phones: stored numbers stay (A53, D15). A number without a country is one of the installation's. Throws
 * Invalid("phone", …).
 */
export async function phoneToStore(reader: Reader, typed: string): Promise<string | null | undefined> {
  const { phoneEnabled, defaultRegion } = await instance(reader);
  if (!phoneEnabled) return undefined;
  if (typed === "") return null;
  const number = parsePhoneNumberFromString(typed, defaultRegion as CountryCode);
  if (number?.isValid()) return number.number;
  throw new Invalid("phone", t("This is not a phone number. Write it with the country, for example +49 30 1234567."));
}

/** A stored number as people read it: `+49 30 123456`. */
export const showPhone = (stored: string | null): string =>
  stored ? (parsePhoneNumberFromString(stored)?.formatInternational() ?? stored) : "";
