import { type Actor, can } from "../access/actor.ts";
import type { MemberStatus } from "../db/schema.ts";
import { statusWords } from "../directory/pills.ts";
import { type Figures, figureCap } from "../figures/count.ts";
import { formatBytes, formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { drawn } from "./chart.ts";
import type { Standing } from "./queries.ts";

/** Writes the counts of these figures: where a page counted them itself, what is beyond its cap is "10,000+". */
export const counter =
  ({ capped }: Pick<Figures, "capped">) =>
  (count: number): string =>
    capped && count > figureCap ? `${formatNumber(figureCap)}+` : formatNumber(count);

export interface Tile {
  words: string;
  value: string;
  href: string;
  note?: string;
}

const sum = (counts: (number | undefined)[]) => counts.reduce<number>((all, count) => all + (count ?? 0), 0);

/** The few numbers on top, each with the list that it counts. */
export function tilesOf(actor: Actor, { domains, webhooks }: Standing, figures: Figures): Tile[] {
  const { statuses, native, imap, undelivered } = figures;
  const counted = counter(figures);
  const tiles: Tile[] = [];
  if (can(actor, "users.view")) {
    tiles.push(
      { words: t("Active users"), value: counted(statuses.active ?? 0), href: "/admin/users?status=active" },
      {
        words: t("Invitations waiting"),
        value: counted(statuses.invited ?? 0),
        href: "/admin/users?status=invited",
        note: undelivered > 0 ? t("{count} did not arrive", { count: counted(undelivered) }) : undefined,
      },
    );
  }
  if (can(actor, "mailboxes.view")) {
    const bytes = native.bytes + imap.bytes;
    tiles.push({
      words: t("Mailboxes"),
      value: counted(native.boxes + imap.boxes),
      href: "/admin/mailboxes",
      note: figures.measured > 0 ? t("{size} in use", { size: formatBytes(bytes) }) : undefined,
    });
  }
  if (can(actor, "domains.view"))
    tiles.push({ words: t("Proven domains"), value: counted(domains.proven), href: "/admin/domains" });
  if (can(actor, "webhooks.view") && webhooks.all > 0)
    tiles.push({
      words: t("Failed deliveries, 7 days"),
      value: webhooks.failed > 1000 ? `${formatNumber(1000)}+` : formatNumber(webhooks.failed),
      href: can(actor, "logs.view") ? "/admin/logs/webhooks?status=failed&period=7d" : "/admin/webhooks",
    });
  return tiles;
}

export interface Line {
  look: "bad" | "wait";
  icon: string;
  words: string;
  href: string;
}

/** What somebody should look at: the worst first. Nothing here is what all is well with. */
export function attentionOf(actor: Actor, standing: Standing, figures: Figures): Line[] {
  const { domains, webhooks, imports, plan } = standing;
  const used = figures.native.boxes + figures.imap.boxes;
  const limit = plan?.mailboxes ?? Number.POSITIVE_INFINITY;
  const lines: (Line | false)[] = [
    domains.suspended > 0 && {
      look: "bad",
      icon: "ban",
      words: t("{count, plural, one {# domain is suspended} other {# domains are suspended}}", {
        count: domains.suspended,
      }),
      href: "/admin/domains?show=suspended",
    },
    webhooks.disabled > 0 && {
      look: "bad",
      icon: "ban",
      words: t("{count, plural, one {# webhook was disabled} other {# webhooks were disabled}}", {
        count: webhooks.disabled,
      }),
      href: "/admin/webhooks",
    },
    domains.atRisk > 0 && {
      look: "wait",
      icon: "triangle-alert",
      words: t("{count, plural, one {# domain is at risk} other {# domains are at risk}}", { count: domains.atRisk }),
      href: "/admin/domains?show=at_risk",
    },
    domains.failing > 0 && {
      look: "wait",
      icon: "triangle-alert",
      words: t("{count, plural, one {# domain has records to correct} other {# domains have records to correct}}", {
        count: domains.failing,
      }),
      href: "/admin/domains?show=failing",
    },
    webhooks.failing > 0 && {
      look: "wait",
      icon: "triangle-alert",
      words: t("{count, plural, one {# webhook is failing} other {# webhooks are failing}}", {
        count: webhooks.failing,
      }),
      href: "/admin/webhooks",
    },
    can(actor, "users.view") &&
      figures.undelivered > 0 && {
        look: "bad",
        icon: "mail-x",
        words: t("{count, plural, one {# invitation did not arrive} other {# invitations did not arrive}}", {
          count: figures.undelivered,
        }),
        href: "/admin/users?status=invited&delivery=failed",
      },
    used >= limit && {
      look: "wait",
      icon: "circle-alert",
      words: t("All mailboxes of the plan are in use"),
      href: "/admin/subscription",
    },
    ...imports
      .filter(({ status }) => status === "failed" || status === "checked")
      .map(
        ({ id, status, fileName }): Line => ({
          look: status === "failed" ? "bad" : "wait",
          icon: "file-spreadsheet",
          words:
            status === "failed"
              ? t("The import of {file} stopped", { file: fileName ?? "" })
              : t("{file} is checked and waits to be started", { file: fileName ?? "" }),
          href: `/admin/imports/${id}`,
        }),
      ),
    domains.unproven > 0 && {
      look: "wait",
      icon: "clock",
      words: t("{count, plural, one {# domain waits for its proof} other {# domains wait for their proof}}", {
        count: domains.unproven,
      }),
      href: "/admin/domains?show=unverified",
    },
  ];
  return lines.filter((line) => line !== false);
}

/** How many users have each status, with the list of each: those of the chart, then the others that there are. */
export function statusLines(actor: Actor, figures: Figures) {
  const { statuses } = figures;
  const counted = counter(figures);
  const words = statusWords();
  const line = (status: MemberStatus) => ({
    status,
    words: words[status],
    value: counted(statuses[status] ?? 0),
    href: `/admin/users?status=${status}`,
  });
  const others: MemberStatus[] = ["draft", "declined", "revoked", "expired", "removed"];
  const seen = others.filter(
    (status) => (statuses[status] ?? 0) > 0 && (status !== "draft" || can(actor, "invites.send")),
  );
  return { main: drawn.map(line), others: seen.map(line), total: sum(drawn.map((key) => statuses[key])) };
}
