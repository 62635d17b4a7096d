import { language, t } from "../i18n/t.ts";
import type { SignInMethod } from "./note.ts";

const names = new Map<string, Intl.DisplayNames>();

/** A country by its code, in the reader's language; empty for none. */
export function countryWords(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return "";
  const { locale } = language();
  let known = names.get(locale);
  if (!known) {
    known = new Intl.DisplayNames(locale, { type: "region" });
    names.set(locale, known);
  }
  return known.of(code) ?? code;
}

/** How somebody proved who they are. */
export function methodWords(method: SignInMethod | null): string {
  const words: Record<SignInMethod, string> = {
    password: t("Password"),
    password_totp: t("Password and code"),
    password_passkey: t("Password and passkey"),
    password_recovery: t("Password and recovery code"),
    passkey: t("Passkey"),
    link: t("Mailed link"),
  };
  return method ? words[method] : "";
}
