import { z } from "zod";
import { tryServer } from "../src/mail-tests/try-server.ts";
import { id, task } from "./task.ts";

/** Connects to the mail server and signs in. Safe to run twice: nothing is sent, and only an open check is answered. */
export const checkMailServer = task(z.object({ checkId: id }), ({ checkId }) => tryServer(checkId));
