import { pathInto } from "../access/tokens.ts";
import { t } from "../i18n/t.ts";
import { type NotificationKind, notificationKinds } from "./kinds.ts";

type Data = Record<string, string>;

/** What the bell says. Data is frozen when it rings: `name` and `email` of whom it is about. */
export function bellWords({ kind, data, account }: { kind: NotificationKind; data: Data; account: string }): string {
  const who = data.name || data.email || "";
  switch (kind) {
    case "invite.accepted":
      return t("{who} accepted your invitation to {account}.", { who, account });
    case "invite.declined":
      return t("{who} declined your invitation to {account}.", { who, account });
    case "invite.expired":
      return t("Your invitation of {who} to {account} has expired.", { who, account });
    case "invite.bounced":
      return t("Your invitation of {who} to {account} could not be delivered.", { who, account });
    case "rights.changed":
      return t("What you may do in {account} has changed.", { account });
  }
}

/** Where a bell leads: to the user that it is about, in the account where it happened; empty for what is about oneself. */
export const bellLink = (bell: { kind: NotificationKind; accountId: string | null; subjectId: string }): string =>
  bell.accountId && bell.kind.startsWith("invite.")
    ? pathInto(bell.accountId, `/admin/users/${bell.subjectId}/account`)
    : "";

/** What each kind is called where people choose. */
export const kindWords = (): [NotificationKind, string][] => {
  const words: Record<NotificationKind, string> = {
    "invite.accepted": t("Somebody accepts my invitation"),
    "invite.declined": t("Somebody declines my invitation"),
    "invite.expired": t("My invitation expires"),
    "invite.bounced": t("My invitation cannot be delivered"),
    "rights.changed": t("My rights change"),
  };
  return notificationKinds.map((kind) => [kind, words[kind]]);
};
