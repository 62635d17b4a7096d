import { sql } from "drizzle-orm";
import { db } from "../../src/db/client.ts";

/** T63, T65: everything that people can name is named to break out of where it is shown. */
export const hostile = `<img src=x onerror=alert(1)>"'><script>alert(2)</script><div hx-get="/evil" hx-trigger="load"><%= 1337*31337 %>\${1337*31337}{{1337*31337}}</textarea></title>`;

/** Names everything that exists, whoever made it. */
export async function nameEverything() {
  await db.execute(sql`update accounts set name = ${hostile} || id`);
  await db.execute(sql`update users set first_name = ${hostile}, last_name = ${hostile}`);
  await db.execute(
    sql`update members set first_name = ${hostile}, last_name = ${hostile}, message = ${hostile}, delivery_reply = ${hostile}`,
  );
  await db.execute(sql`update api_clients set name = ${hostile}`);
  await db.execute(sql`update api_tokens set label = ${hostile}`);
  await db.execute(sql`update roles set name = ${hostile} || id, about = ${hostile}`);
  await db.execute(
    sql`update connectors set name = ${hostile} || id, client_id = ${hostile}, scopes = array[${hostile}::text]`,
  );
  await db.execute(sql`update mailboxes set name = ${hostile}`);
  await db.execute(sql`update webhooks set about = ${hostile}`);
  const subject = JSON.stringify({ type: "role", id: "x", label: hostile });
  await db.execute(
    sql`update webhook_deliveries set payload = jsonb_set(payload, '{data,subject}', ${subject}::jsonb)`,
  );
  const headers = JSON.stringify({ [hostile]: hostile });
  await db.execute(sql`update webhook_attempts set response_body = ${hostile}, response_headers = ${headers}::jsonb`);
  await db.execute(sql`update mailbox_passwords set label = ${hostile}`);
  await db.execute(sql`update mailbox_aliases set address = ${hostile} || id`);
  await db.execute(sql`update mail_groups set name = ${hostile}`);
  await db.execute(sql`update mail_group_members set address = ${hostile} || md5(address)`);
  await db.execute(sql`update imap_sources set username = ${hostile}`);
  await db.execute(sql`update plans set name = ${hostile} || id, about = ${hostile}, price = ${hostile}`);
  const problem = JSON.stringify({ title: hostile, detail: hostile, errors: [{ field: hostile, message: hostile }] });
  await db.execute(sql`
    insert into api_calls (account_id, client_name, method, path, query, status, milliseconds, problem)
    select id, ${hostile}, 'GET', ${hostile}, ${hostile}, 400, 1, ${problem}::jsonb from accounts a
    where not exists (select 1 from api_calls c where c.account_id = a.id)`);
  await db.execute(
    sql`update notifications set data = (select json_object_agg(key, ${hostile}::text) from jsonb_each(data))::jsonb where data <> '{}'`,
  );
}
