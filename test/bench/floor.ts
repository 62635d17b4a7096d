import { randomBytes } from "node:crypto";
import ejs from "ejs";
import express from "express";
import postgres from "postgres";

/** What the machine can do: no session, no permissions, no layout; 25 rows by one indexed query, rendered by EJS. */
const sql = postgres(process.env.DATABASE_URL!, { max: 8, onnotice: () => {} });
const account = process.env.FLOOR_ACCOUNT!;

const render = ejs.compile(`<!doctype html><html lang="en"><title>Users</title><body><table><tbody>
<% for (const row of rows) { %><tr><td><input type="checkbox" aria-label="Select <%= row.first_name %>"></td>
<th><a href="/users/<%= row.id %>"><%= row.first_name %> <%= row.last_name %></a><br><small><%= row.email %></small></th>
<td><%= row.status %></td><td><%= row.created_at.toISOString() %></td></tr><% } %>
</tbody></table><a href="/?after=<%= rows.at(-1)?.id %>">Next</a></body></html>`);

const app = express();

app.get("/", async (_req, res) => {
  const rows = await sql`
    select id, first_name, last_name, email, status, created_at from members
    where account_id = ${account} and status <> 'removed' order by created_at desc, id desc limit 25`;
  res.type("html").send(render({ rows }));
});

/** The same page a long way down, by keyset. */
app.get("/deep", async (req, res) => {
  const rows = await sql`
    select id, first_name, last_name, email, status, created_at from members
    where account_id = ${account} and status <> 'removed' and (created_at, id) < (${String(req.query.at)}::timestamptz, ${String(req.query.id)}::uuid)
    order by created_at desc, id desc limit 25`;
  res.type("html").send(render({ rows }));
});

/** A plain substring search over the trigram index. */
app.get("/search", async (req, res) => {
  const rows = await sql`
    with found as materialized (
      select id, first_name, last_name, email, status, created_at from members
      where account_id = ${account} and haystack like ${`%${req.query.q}%`})
    select * from found order by created_at desc, id desc limit 25`;
  res.type("html").send(render({ rows }));
});

/**
 * What a sign-in has to write, and nothing else, in two statements by hand around the check of the password: the guess is
 * counted and forgiven; session, history, log, the last sign-in of the user and of their places.
 */
app.post("/sign-in", express.urlencoded({ extended: false }), async (req, res) => {
  const { checkPassword } = await import("../../src/auth/passwords.ts");
  const email = String(req.body.email);
  const keys = ["minute", "hour"].map((window) => `floor:${email}:${window}`);
  const [user] = await sql`
    with counted as (
      insert into rate_limits (key, points, resets_at) select key, 1, now() + interval '1 minute' from unnest(${keys}::text[]) key
      order by key on conflict (key) do update set points = rate_limits.points + 1 returning key
    )
    select id, password_hash from users, (select count(*) from counted) guesses where email = ${email}`;
  if (!user || !(await checkPassword(user.password_hash, String(req.body.password)))) return void res.sendStatus(400);
  const sid = randomBytes(18).toString("base64url");
  const userAgent = String(req.get("User-Agent"));
  const session = { cookie: { httpOnly: true, sameSite: "lax" }, passport: { user: user.id }, ip: req.ip, userAgent };
  await sql`
    with signed as (
      update users set last_sign_in_at = now() where id = ${user.id} and password_hash = ${user.password_hash}
      returning id, email
    ), places as (
      update members set last_sign_in_at = now() from signed where members.user_id = signed.id
    ), opened as (
      insert into sessions (sid, sess, expire) select ${sid}, ${sql.json(session)}, now() + interval '1 day' from signed
    ), noted as (
      insert into sign_ins (user_id, method, outcome, ip, country, user_agent, new_device, sid)
      select id, 'password', 'signed_in', ${req.ip!}, '', ${userAgent}, false, ${sid} from signed
    ), logged as (
      insert into events (account_id, actor_id, actor_label, name, subject_type, subject_id, subject_label, request_id, ip)
      select ${account}, id, email, 'user.signed_in', 'user', id::text, email, ${sid}, ${req.ip!} from signed
    )
    update rate_limits r set points = r.points - 1
    from (select key from rate_limits where key in (${keys[0]!}, ${keys[1]!}) order by key for update) counted
    where r.key = counted.key`;
  res.cookie("session", sid, { httpOnly: true, sameSite: "lax" }).redirect(303, "/");
});

app.listen(Number(process.env.PORT), "127.0.0.1");
