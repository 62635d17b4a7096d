import { t } from "../i18n/t.ts";

/** What each part of the data is called. */
export const partWords = (): Record<string, string> => ({
  profile: t("Profile"),
  memberships: t("Accounts I am or was in"),
  rights: t("Rights, with those that have ended"),
  invitations: t("Invitations"),
  sessions: t("Sessions"),
  sign_ins: t("Sign-ins"),
  trusted_devices: t("Trusted devices"),
  notifications: t("Notifications"),
  mails: t("Mails to me"),
  what_i_did: t("What I did"),
  what_was_done_about_me: t("What others did about me"),
  mailboxes: t("My mailboxes"),
  api_clients: t("API clients that I made"),
});
