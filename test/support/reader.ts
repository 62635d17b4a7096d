import { prepareProgram } from "../../src/xlsx/program.ts";

/** Once a run, as a build does: some three hundred processes read workbooks, and each would strip the types anew. */
export default () => prepareProgram();
