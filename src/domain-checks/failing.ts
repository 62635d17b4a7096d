import { type SQL, sql } from "drizzle-orm";
import { endOfIds } from "../db/newest.ts";

/** The checks of a domain beside its proof whose last look found something missing or wrong, as a JSON list of kinds. */
export const failingChecks = (domainId: SQL): SQL => sql`(
  select coalesce(json_agg(k.kind), '[]') from unnest(array['mx', 'spf', 'dkim']) k (kind)
  where (select c.result from domain_checks c
    where (c.domain_id, c.kind, c.id) between (${domainId}, k.kind, 0) and (${domainId}, k.kind, ${endOfIds})
    order by c.domain_id desc, c.kind desc, c.id desc limit 1)
    in ('missing', 'wrong'))`;

/** Whose records count: those of domains that are, or were until a moment ago, open for users. */
export const inService: SQL = sql`('active', 'suspended')`;
