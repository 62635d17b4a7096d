import { config } from "../../src/config.ts";
import { atEndOfFile } from "./endings.ts";

/** The settings as the process was started with them: a test that changes some would change them for the next file too. */
const copy = () =>
  Object.fromEntries(Object.entries(config).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]));
const asRead = copy();
const environment = { ...process.env };

atEndOfFile(() => {
  Object.assign(config, asRead);
  Object.assign(asRead, copy());
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
});
