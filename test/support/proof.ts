import { sql } from "drizzle-orm";
import { db } from "../../src/db/client.ts";
import type { User } from "./world.ts";

/** Lets the time pass that whoever proved themselves is not asked again. A browser that has just signed in need not be asked. */
export const ageProof = (user: Pick<User, "id">, minutes = 11) =>
  db.execute(sql`
    update sessions set sess = jsonb_set(sess, '{provenAt}', to_jsonb((now() - make_interval(mins => ${minutes}))::text))
    where user_id = ${user.id}`);
