import ejs from "ejs";

const root = new URL("../../views", import.meta.url).pathname;
const options = { root, views: [root], cache: process.env.NODE_ENV !== "development", rmWhitespace: true };

/** Renders one view file to a string. `locals` is built by hand, never a request's body or query (T64). */
export const renderView = (view: string, locals: object): Promise<string> =>
  ejs.renderFile(`${root}/${view}.ejs`, locals as ejs.Data, options) as Promise<string>;
