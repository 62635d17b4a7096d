import { z } from "zod";
import { lookNow } from "../src/domain-ageing/look.ts";
import { id, task } from "./task.ts";

/**
 * Looks at the records of one domain now. Safe to run twice: a second look finds what is there then, and a domain is moved
 * by what stands in its row, not by how often it was looked at.
 */
export const checkDomainJob = task(z.object({ domainId: id, askedBy: id.nullable() }), ({ domainId, askedBy }) =>
  lookNow(domainId, askedBy),
);
