import { type SQL, sql } from "drizzle-orm";

/**
 * What a trust hangs on, as SQL over a row of `users` called `u`: it ends with another password, and with every change of
 * the factors, whoever makes it. Compared where it is asked, so that a trust given while either changes is worth nothing.
 */
export const basisOf: SQL = sql`encode(sha256(convert_to(concat_ws(' ', u.password_hash,
  (select extract(epoch from t.confirmed_at)::text from totp_secrets t where t.user_id = u.id),
  (select string_agg(p.id::text, ' ' order by p.id) from passkeys p where p.user_id = u.id)), 'UTF8')), 'hex')`;
