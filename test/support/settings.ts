import { config } from "../../src/config.ts";
import { atEndOfFile } from "./endings.ts";

/** The settings as the process was started with them: a test that changes some would change them for the next file too. */
const asRead = structuredClone(config);
atEndOfFile(() => Object.assign(config, structuredClone(asRead)));
