import { formatLastDay } from "../i18n/days.ts";
import { t } from "../i18n/t.ts";

type Kind = "own_end.near" | "own_end.reached" | "end_date.near" | "end_date.reached";

/** What the bell says of places and rights with an end date. `data.ends` is what the letter lists, `data.count` how many. */
export function endWords(kind: Kind, data: Record<string, string>, account: string): string {
  const [first] = JSON.parse(data.ends ?? "[]") as { until: string; title?: string }[];
  const day = first ? formatLastDay(first.until) : "";
  const count = Number(data.count ?? 1);
  const who = data.name || data.email || "";
  if (data.kept) return t("{who} keeps the role Owner of {account}: nobody else has it.", { who, account });
  switch (kind) {
    case "own_end.near":
      return first?.title
        ? t("What you may do in {account} ends in part on {day}.", { account, day })
        : t("Your time as a guest of {account} ends on {day}.", { account, day });
    case "own_end.reached":
      return first?.title
        ? t("What you may do in {account} has ended in part.", { account })
        : t("Your time as a guest of {account} is over.", { account });
    case "end_date.near":
      if (count > 1) return t("{count} end dates in {account} are near.", { count, account });
      return first?.title
        ? t("A right of {who} in {account} ends on {day}.", { who, account, day })
        : t("{who} is a guest of {account} until {day}.", { who, account, day });
    case "end_date.reached":
      if (count > 1) return t("{count} end dates in {account} have come.", { count, account });
      return first?.title
        ? t("A right of {who} in {account} has ended on its date.", { who, account })
        : t("The time of {who} as a guest of {account} is over.", { who, account });
  }
}
