import type { NameServer } from "./name-server.ts";

let server: NameServer | undefined;

/** The built-in name server of this process, for the page that shows it. */
export const currentNameServer = (): NameServer | undefined => server;

/** Shows this name server (tests bring their own). */
export const useNameServer = (chosen: NameServer) => {
  server = chosen;
};

/** Starts the built-in name server; its zones are kept in `file`, where one is given. */
export async function startNameServer(port: number, file: string): Promise<NameServer> {
  const [{ NameServer }, { Zones }, { demoZones }] = await Promise.all([
    import("./name-server.ts"),
    import("./zones.ts"),
    import("./demo-zones.ts"),
  ]);
  server = await new NameServer(new Zones(demoZones(), file)).listen(port);
  return server;
}
