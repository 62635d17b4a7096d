import { sql } from "drizzle-orm";

/**
 * Above every id that counts on. Asked for the newest row of each of several owners by `owner = …` and `order by id`, the
 * planner walks the whole table's ids backwards, which is quick only where an owner has many rows; of the row's own place,
 * `(owner, id) between (…, 0) and (…, endOfIds)` in the order of both, only the index of both can give it.
 */
export const endOfIds = sql.raw("9223372036854775807");
