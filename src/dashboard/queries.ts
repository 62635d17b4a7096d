import { sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { run } from "../db/client.ts";
import type { CheckKind, DomainStatus, ImportStatus, ReportStatus } from "../db/schema.ts";
import { failingChecks, inService } from "../domain-checks/failing.ts";
import type { Figures } from "../figures/count.ts";

export interface Day {
  /** `yyyy-mm-dd`, UTC. */
  day: string;
  figures: Record<string, number>;
}

export interface TroubledDomain {
  id: string;
  shownName: string;
  status: DomainStatus;
  atRisk: boolean;
  failing: CheckKind[];
}

export interface Running {
  id: string;
  status: ImportStatus | ReportStatus;
  done: number;
  total: number;
  /** Of an import. */
  fileName: string | null;
}

/** All that the dashboard shows besides the counts of a small account. Times are milliseconds since 1970. */
export interface Standing {
  figures: Figures | null;
  countedAt: number | null;
  askedAt: number | null;
  days: Day[];
  domains: { proven: number; unproven: number; atRisk: number; suspended: number; failing: number };
  troubled: TroubledDomain[];
  imports: Running[];
  reports: Running[];
  webhooks: { all: number; failing: number; disabled: number; failed: number };
  plan: { name: string; mailboxes: number | null } | null;
  /** Whether there is anybody but one, and a mailbox that is not somebody's own. */
  people: boolean;
  shared: boolean;
}

const ms = (time: string) => sql.raw(`(extract(epoch from ${time}) * 1000)::float8`);

/** Domains are few; of an account with very many the first thousand by name are looked at. */
const domainsOf = (accountId: string) => sql`
  select d.id, d.shown_name as "shownName", d.status, d.at_risk_since is not null as "atRisk",
    case when d.status in ${inService} then ${failingChecks(sql`d.id`)} else '[]'::json end as failing
  from domains d where d.account_id = ${accountId} and d.ended_at is null order by d.name limit 1000`;

/**
 * Where an account stands, in one statement that costs the same at any size: what grows with the account is read from the
 * figures that a job counted, and from lists that stop. What the actor may not see is not asked for.
 */
export async function standingOf(actor: Actor, days: number): Promise<Standing> {
  const { accountId } = actor;
  const seen = (permission: Parameters<typeof can>[1], what: ReturnType<typeof sql>, none: string) =>
    can(actor, permission) ? what : sql.raw(none);
  const open = (table: "imports" | "reports", statuses: string, name: string) => sql`
    (select coalesce(json_agg(r), '[]') from (
      select id, status, done, total, ${sql.raw(name)} as "fileName" from ${sql.raw(table)} where account_id = ${accountId}
        and status in (${sql.raw(statuses)}) and created_at > now() - interval '30 days' order by created_at desc limit 5) r)`;
  const [found] = await run<{ standing: Standing }>(sql`
    with asked as materialized (select * from account_figures where account_id = ${accountId}),
    looked as materialized (${seen("domains.view", domainsOf(accountId), `select null::uuid as id, '' as "shownName", '' as status, false as "atRisk", '[]'::json as failing where false`)})
    select json_build_object(
      'figures', (select figures from asked where counted_at is not null),
      'countedAt', (select ${ms("counted_at")} from asked),
      'askedAt', (select ${ms("asked_at")} from asked),
      'days', ${seen(
        "users.view",
        sql`(select coalesce(json_agg(json_build_object('day', day, 'figures', figures) order by day), '[]') from daily_figures
          where account_id = ${accountId} and day >= coalesce(
            (select max(day) from daily_figures where account_id = ${accountId} and day <= (now() at time zone 'UTC')::date - ${days}::int),
            (now() at time zone 'UTC')::date - ${days}::int))`,
        "'[]'::json",
      )},
      'domains', (select json_build_object(
        'proven', count(*) filter (where status <> 'unverified'),
        'unproven', count(*) filter (where status = 'unverified'),
        'atRisk', count(*) filter (where "atRisk" and status <> 'suspended'),
        'suspended', count(*) filter (where status = 'suspended'),
        'failing', count(*) filter (where json_array_length(failing) > 0)) from looked),
      'troubled', (select coalesce(json_agg(t), '[]') from (select * from looked
        where status in ('unverified', 'suspended') or "atRisk" or json_array_length(failing) > 0
        order by status <> 'suspended', not "atRisk", json_array_length(failing) = 0, "shownName" limit 5) t),
      'imports', ${seen("imports.run", open("imports", "'queued', 'checking', 'checked', 'running', 'failed'", "file_name"), "'[]'::json")},
      'reports', ${seen("reports.create", open("reports", "'queued', 'running'", "null"), "'[]'::json")},
      'webhooks', ${seen(
        "webhooks.view",
        sql`(select json_build_object('all', count(*), 'failing', count(*) filter (where failing_since is not null and status = 'active'),
          'disabled', count(*) filter (where status = 'disabled'),
          'failed', (select count(*) from (select 1 from webhook_deliveries where account_id = ${accountId} and status = 'failed'
            and created_at > now() - interval '7 days' limit 1001) x)) from webhooks where account_id = ${accountId} and ended_at is null)`,
        `'{"all":0,"failing":0,"disabled":0,"failed":0}'::json`,
      )},
      'plan', ${seen(
        "subscription.view",
        sql`(select json_build_object('name', name, 'mailboxes', mailboxes) from plans where id = coalesce(
          (select plan_id from accounts where id = ${accountId}), (select id from plans where is_default)))`,
        "null",
      )},
      'people', (select count(*) > 1 from (select 1 from members where account_id = ${accountId} and status <> 'removed' limit 2) x),
      'shared', exists (select from mailboxes where account_id = ${accountId} and archived_at is null and personal_user_id is null)
    ) as standing`);
  return found!.standing;
}
