import { migrateDatabase } from "../src/db/migrate.ts";

await migrateDatabase();
console.log("The database is up to date.");
