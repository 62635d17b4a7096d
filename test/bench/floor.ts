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

app.listen(Number(process.env.PORT), "127.0.0.1");
