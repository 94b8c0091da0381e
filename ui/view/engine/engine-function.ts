import * as engine from "./engine.ts";

/**
 * The engine as one function, whose text is all a worker needs. Bundling puts that function here (see
 * scripts/lib/bundle-view.mjs), so that the code is in the file once, for the worker and for a page that can have none.
 */
export function engineFunction(): typeof engine {
  return engine;
}
